CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  password text NOT NULL,
  wrong_passwords integer NOT NULL DEFAULT 0,
  wrong_password_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- token: SHA-256 of what the cookie says; proof: see lib/sessions.js.
CREATE TABLE sessions (
  token bytea PRIMARY KEY,
  proof bytea NOT NULL,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE chats (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  title text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chats_user_id ON chats (user_id, id DESC);

-- A note is a message to oneself, in no chat.
CREATE TABLE messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chat_id bigint REFERENCES chats ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('user', 'assistant', 'note')),
  text text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((role = 'note') = (chat_id IS NULL))
);
CREATE INDEX messages_chat_id ON messages (chat_id, id);
CREATE INDEX messages_user_id ON messages (user_id, id DESC);
CREATE INDEX messages_asked ON messages (user_id, created_at) WHERE role = 'user';
