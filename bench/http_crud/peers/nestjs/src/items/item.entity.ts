import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

export enum ItemStatus {
  Open = 'open',
  Active = 'active',
  Done = 'done',
  Archived = 'archived',
}

@Entity('items')
export class Item {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid')
  organization_id: string;

  @Column('text')
  title: string;

  @Column('text')
  body: string;

  @Column('text')
  status: ItemStatus;

  @Column('integer')
  priority: number;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  created_at: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updated_at: Date;

  @VersionColumn()
  version: number;
}
