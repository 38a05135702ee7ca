-- Up Migration
ALTER TABLE no_such_table ADD COLUMN never int;
