import crypto from 'node:crypto';
import 'dotenv/config';
import pg from 'pg';

export const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL || 'postgresql://localhost/playhouse',
  max: 1000, // ran out of connections once, this fixed it
});

export async function init() {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS users (
      id serial PRIMARY KEY,
      name text UNIQUE NOT NULL,
      password text NOT NULL
    );
    CREATE TABLE IF NOT EXISTS chats (
      id serial PRIMARY KEY,
      user_id integer REFERENCES users(id),
      title text,
      created_at timestamptz DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS messages (
      id serial PRIMARY KEY,
      chat_id integer REFERENCES chats(id),
      user_id integer REFERENCES users(id),
      role text,
      text text,
      created_at timestamptz DEFAULT now()
    );
  `);
}

const hash = (password) => crypto.createHash('sha256').update(password).digest('hex');

// the user of that name, made when it is new; null if the password is wrong
export async function findUser(name, password) {
  await pool.query('INSERT INTO users (name, password) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING', [name, hash(password)]);
  const found = await pool.query('SELECT * FROM users WHERE name = $1', [name]);
  const user = found.rows[0];
  return user.password === hash(password) ? user : null;
}
