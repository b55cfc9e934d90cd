// An error that customers may read: a status and a sentence, nothing of the inside.
export class HttpError extends Error {
  constructor(status, message, { retryAfter, cause } = {}) {
    super(message, { cause });
    this.status = status;
    this.retryAfter = retryAfter; // seconds
  }
}

// Something is away or too busy, and will be back.
export class Unavailable extends HttpError {
  constructor(message, { retryAfter = 1, cause } = {}) {
    super(503, message, { retryAfter, cause });
  }
}
