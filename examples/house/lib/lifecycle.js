import { Unavailable } from './errors.js';

// Whether this worker was told to stop, and the end of its patience with streams.
const streams = new AbortController();

export const lifecycle = {
  stopping: false,
  streamsEnd: streams.signal,
  endStreams: () => streams.abort(new Unavailable('the house is closing for a moment, please ask again')),
};
