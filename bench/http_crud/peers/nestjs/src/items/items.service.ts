import { BadRequestException, Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isUUID } from 'class-validator';
import { Repository } from 'typeorm';
import { Item } from './item.entity.js';
import { CreateItemDto, type ItemPage, ListItemsDto } from './items.dto.js';

@Injectable()
export class ItemsService {
  constructor(@InjectRepository(Item) private readonly items: Repository<Item>) {}

  async get(organization_id: string, id: string): Promise<Item> {
    const item = await this.items.findOneBy({ id, organization_id });
    if (!item) {
      throw new NotFoundException();
    }
    return item;
  }

  async list(organization_id: string, { status, limit, cursor }: ListItemsDto): Promise<ItemPage> {
    const query = this.items
      .createQueryBuilder('item')
      .where('item.organization_id = :organization_id', { organization_id })
      .andWhere('item.status = :status', { status })
      .orderBy('item.created_at', 'DESC')
      .addOrderBy('item.id', 'DESC')
      .limit(limit + 1);
    if (cursor) {
      query.andWhere('(item.created_at, item.id) < (:created_at, :id)', decodeCursor(cursor));
    }
    const found = await query.getMany();
    const items = found.slice(0, limit);
    return { items, next_cursor: found.length > limit ? encodeCursor(items[limit - 1]) : null };
  }

  create(organization_id: string, data: CreateItemDto): Promise<Item> {
    return this.items.save(this.items.create({ ...data, organization_id }));
  }
}

function encodeCursor(item: Item): string {
  return Buffer.from(`${item.created_at.toISOString()}|${item.id}`).toString('base64url');
}

function decodeCursor(cursor: string): { created_at: string; id: string } {
  const [created_at, id] = Buffer.from(cursor, 'base64url').toString().split('|');
  if (Number.isNaN(Date.parse(created_at)) || !isUUID(id)) {
    throw new BadRequestException('cursor');
  }
  return { created_at, id };
}
