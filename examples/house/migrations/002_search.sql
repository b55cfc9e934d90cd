-- Search inside words. Where pg_trgm is not installed or not allowed, search still reads only the customer's own
-- messages, by messages_user_id.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX messages_text ON messages USING gin (text gin_trgm_ops);
EXCEPTION
  WHEN undefined_file OR insufficient_privilege OR feature_not_supported OR undefined_object THEN
    RAISE WARNING 'search has no trigram index: %', SQLERRM;
END
$$;
