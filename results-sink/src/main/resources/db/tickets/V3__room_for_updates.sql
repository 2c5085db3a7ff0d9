-- Nearly every row is inserted as PENDING and updated once, soon after. With room left on its page the new version needs no
-- new entries in the index.
alter table ticket set (fillfactor = 60);
