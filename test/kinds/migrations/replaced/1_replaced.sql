create table if not exists public.replaced_format (id int);
