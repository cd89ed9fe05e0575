"""A function of the loader's that notes if it ever ran with transformer's rights."""

SPRUNG = "select is_called from raw.sprung"
TRAP = """
create sequence raw.sprung;
grant usage, select on sequence raw.sprung to public;
create function raw.spring(anything text) returns boolean {} language plpgsql as $$
begin
    if current_user = 'transformer' then
        perform nextval('raw.sprung');
    end if;
    return true;
end
$$;
grant execute on function raw.spring(text) to public;
"""
IMMUTABLE = TRAP.format("immutable")
TRAP = TRAP.format("volatile")
