create table if not exists orders (
  id        bigint generated always as identity primary key,
  request   uuid not null unique,
  item      varchar(80) not null,
  quantity  integer not null,
  placed_at timestamptz not null default now()
);
