// Everything that can be set, from the environment: no file holds a secret.

function number(name, usual) {
  const value = Number(process.env[name] ?? usual);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} must be a number above 0`);
  return value;
}

export const config = {
  host: process.env.HOST ?? '127.0.0.1',
  port: number('PORT', 3000),
  workers: number('WORKERS', 2),
  trustProxy: process.env.TRUST_PROXY ?? 'loopback',
  databaseUrl: process.env.DATABASE_URL ?? 'postgresql://localhost/house',
  modelKey: process.env.OPENAI_API_KEY, // OPENAI_BASE_URL is read by the SDK
  passwordCost: number('PASSWORD_COST', 4096), // scrypt's N, a power of two
  modelName: process.env.MODEL ?? 'gpt-4o-mini',
};

// Milliseconds. No customer waits longer than two seconds for a part that does not answer.
export const times = {
  connect: number('DB_CONNECT_MS', 1000), // a new database connection, or a free one of the pool
  statement: number('DB_STATEMENT_MS', 1000), // PostgreSQL gives up by itself
  query: number('DB_QUERY_MS', 1200), // we stop waiting for PostgreSQL
  hashing: 1000, // until a password's turn comes
  migration: number('DB_MIGRATION_MS', 60_000),
  databaseRetry: 250, // between two looks at a database that is away
  modelSilence: number('MODEL_SILENCE_MS', 1800), // until the first word, and between words
  modelAnswer: number('MODEL_ANSWER_MS', 60_000), // a whole answer
  modelRetry: 100,
  modelTrial: 1000, // one customer in this time may try a model that is away
  customerReads: 30_000, // a connection on which nothing moves
  session: 7 * 24 * 3600_000,
  stop: number('STOP_MS', 10_000), // requests and streams in flight when told to stop
};

// What one worker does at a time, and what one customer may ask for. What is beyond is refused at once, not queued.
export const most = {
  requests: 256,
  connections: number('DB_CONNECTIONS', 10),
  connectionsKept: 4, // open before the first customer comes
  waitingForConnection: 64,
  hashing: 1, // of libuv's four threads, so that the others stay free
  waitingForHashing: 32,
  modelCalls: 16,
  modelCallsPerUser: 4,
  questionsPerMinute: number('QUESTIONS_PER_MINUTE', 120),
  wrongPasswords: 10, // in a row, each within a minute of the one before
  failuresInARow: 3,
  text: 4000,
  answer: 20_000,
  answerTokens: 1000,
  messagesToModel: 20,
  rows: 20,
  messagesOfChat: 200,
};

// Exit codes of a worker.
export const exits = { bug: 1, cannotListen: 3 };
