import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { CurrentUser, type Principal } from '../auth/principal.js';
import { RequireScope } from '../auth/scopes.guard.js';
import type { Item } from './item.entity.js';
import { CreateItemDto, type ItemPage, ListItemsDto } from './items.dto.js';
import { ItemsService } from './items.service.js';

@Controller('items')
export class ItemsController {
  constructor(private readonly items: ItemsService) {}

  @Get(':id')
  @RequireScope('items:read')
  get(@CurrentUser() user: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<Item> {
    return this.items.get(user.org, id);
  }

  @Get()
  @RequireScope('items:read')
  list(@CurrentUser() user: Principal, @Query() query: ListItemsDto): Promise<ItemPage> {
    return this.items.list(user.org, query);
  }

  @Post()
  @RequireScope('items:write')
  create(@CurrentUser() user: Principal, @Body() data: CreateItemDto): Promise<Item> {
    return this.items.create(user.org, data);
  }
}
