-- Up Migration
CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 1000),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A payload has to stay under 8,000 bytes: 1,000 characters are at most 6,000 in JSON.
CREATE FUNCTION announce_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM pg_notify('notes', json_build_object('type', 'added', 'note', json_build_object(
      'id', NEW.id,
      'text', NEW.text,
      'createdAt', to_char(NEW.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    ))::text);
  ELSE
    PERFORM pg_notify('notes', json_build_object('type', 'removed', 'id', OLD.id)::text);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER announce_note AFTER INSERT OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION announce_note();

-- Down Migration
DROP TABLE notes;
DROP FUNCTION announce_note;
