import { Type } from 'class-transformer';
import { IsEnum, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { type Item, ItemStatus } from './item.entity.js';

export class CreateItemDto {
  @IsString()
  @Length(1, 200)
  title: string;

  @IsString()
  @MaxLength(10_000)
  body: string;

  @IsEnum(ItemStatus)
  status: ItemStatus;

  @IsInt()
  @Min(1)
  @Max(5)
  priority: number;
}

export class ListItemsDto {
  @IsEnum(ItemStatus)
  status: ItemStatus;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @IsOptional()
  @IsString()
  cursor?: string;
}

export interface ItemPage {
  items: Item[];
  next_cursor: string | null;
}
