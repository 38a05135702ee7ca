-- Up Migration
ALTER TABLE notes ADD CONSTRAINT migratable CHECK (text <> 'unmigratable');
