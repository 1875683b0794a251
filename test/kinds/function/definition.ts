export const definition = (key: string, body = "select id = 'a'") =>
  `create function private.drift_${key}(id text default 'a') returns boolean language sql stable security definer cost 5 parallel safe set search_path = '' as $$ ${body} $$`;
