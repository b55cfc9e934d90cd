import { HttpError } from './errors.js';

// A text of the request's body or query, or a 400 that says what is wrong with it.
export function textOf(source, name, { least = 1, most }) {
  const value = source?.[name];
  if (typeof value !== 'string') throw new HttpError(400, `${name} must be a text`);
  if (value.trim().length < least) throw new HttpError(400, `${name} must not be empty`);
  if (value.length > most) throw new HttpError(400, `${name} must have at most ${most} characters`);
  if (value.includes('\0')) throw new HttpError(400, `${name} must not have a null character`);
  return value;
}

// An id as this database gives them; what cannot be one is not found.
export function idOf(value, what) {
  const id = Number(value);
  if (!Number.isSafeInteger(id) || id < 1) throw new HttpError(404, `no such ${what}`);
  return id;
}
