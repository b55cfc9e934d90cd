import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { config, most, times } from '../config.js';
import { Breaker } from './breaker.js';
import { Unavailable } from './errors.js';
import { Gate } from './gate.js';
import { log } from './log.js';
import { gauge, modelSeconds } from './metrics.js';

const PERSONA = 'You are the host of the playhouse. You are warm, funny and brief.';

// Limits and the one retry are ours: the SDK would wait for minutes, and as long as a Retry-After says.
const openai = new OpenAI({
  apiKey: config.modelKey || 'not set',
  maxRetries: 0,
  timeout: times.modelAnswer,
  logLevel: 'off',
});
const breaker = new Breaker('model', { trialEvery: times.modelTrial });
const gate = new Gate('model calls', { running: most.modelCalls });
gauge('house_model_calls', 'Answers of the model that are being streamed.', () => gate.running);

// Says that nobody answered, or that the provider cannot serve; not that it did not like the request.
function isAway(error) {
  if (!(error instanceof OpenAI.APIError) || error.status === undefined) return true;
  return error.status === 408 || error.status === 429 || error.status >= 500;
}

// Refused or broken at once, with nothing said yet: worth one more try. Silence is not: the customer has waited enough.
function isWorthRetry(error) {
  if (error instanceof OpenAI.APIUserAbortError || error instanceof OpenAI.APIConnectionTimeoutError) return false;
  return error instanceof OpenAI.APIConnectionError || error?.status >= 500;
}

async function begin(messages, signal) {
  const request = {
    model: config.modelName,
    stream: true,
    max_completion_tokens: most.answerTokens,
    messages: [{ role: 'system', content: PERSONA }, ...messages.map((m) => ({ role: m.role, content: m.text }))],
  };
  try {
    return await openai.chat.completions.create(request, { signal });
  } catch (error) {
    if (!isWorthRetry(error)) throw error;
    await sleep(times.modelRetry, undefined, { signal });
    return openai.chat.completions.create(request, { signal });
  }
}

// The provider's own wait, in seconds, where it gives a sensible one.
function retryAfterOf(error) {
  const seconds = Math.ceil(Number(error?.headers?.get?.('retry-after')));
  return seconds >= 1 && seconds <= 60 ? seconds : 1;
}

function told(error) {
  log.warn('the model did not answer', { error: error.message, status: error.status });
  const retryAfter = retryAfterOf(error);
  return new Unavailable('the host is away for a moment, please ask again', { retryAfter, cause: error });
}

// Throws where an answer is not to be had now, before anything is written down for it.
export const admit = () => breaker.admit();

// Yields the answer piece by piece. Ends only after a whole answer; throws Unavailable when the model fails, stays
// silent for too long or stops in the middle, and the signal's reason when `signal` aborts.
export async function* ask(messages, signal) {
  await gate.enter();
  const ended = modelSeconds.startTimer();
  const silence = new AbortController();
  const alarm = setTimeout(() => silence.abort(new Error('the model is silent')), times.modelSilence);
  const all = AbortSignal.any([signal, silence.signal, AbortSignal.timeout(times.modelAnswer)]);
  let end = 'failed';
  let length = 0;
  try {
    for await (const chunk of await begin(messages, all)) {
      const choice = chunk.choices?.[0];
      const text = choice?.delta?.content || choice?.delta?.refusal; // what it will not say is an answer too
      if (text) {
        if (length === 0) breaker.succeeded();
        length += text.length;
        if (length > most.answer) throw new Error('the model does not come to an end');
        alarm.refresh();
        yield text;
      }
      if (choice?.finish_reason) end = 'whole';
    }
    if (end === 'whole') return;
    all.throwIfAborted(); // an aborted stream just ends
    throw new Error('the model stopped in the middle');
  } catch (error) {
    if (end === 'whole') return; // nothing that was still to come is missed
    if (signal.aborted) {
      end = 'aborted';
      throw signal.reason;
    }
    const cause = all.aborted ? all.reason : error;
    if (isAway(cause)) breaker.failed();
    throw told(cause);
  } finally {
    clearTimeout(alarm);
    ended({ end });
    gate.leave();
  }
}
