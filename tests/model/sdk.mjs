// The official OpenAI SDK against the model server: node sdk.mjs BASE_URL. Exits 1 with the first failed check.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const baseURL = process.argv[2];
const client = new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0, timeout: 20000 });
const model = 'gpt-4o-mini';
const ask = (content, more = {}) => ({ model, messages: [{ role: 'user', content }], ...more });
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] }, days: { type: 'integer', minimum: 1, maximum: 7 } },
      required: ['city', 'unit', 'days'],
    },
  },
};
const clock = {
  type: 'function',
  function: { name: 'currentTime', parameters: { type: 'object', properties: { zone: { type: 'string', minLength: 30 } }, required: ['zone'] } },
};

function checkWeatherArguments(text) {
  const args = JSON.parse(text);
  assert.equal(typeof args.city, 'string');
  assert.ok(['celsius', 'fahrenheit'].includes(args.unit));
  assert.ok(Number.isInteger(args.days) && args.days >= 1 && args.days <= 7);
}

const checks = {
  async 'plain answer'() {
    const begun = performance.now();
    const answer = await client.chat.completions.create(ask('Tell me about bridges'));
    const took = performance.now() - begun;
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.match(answer.choices[0].message.content, /^[A-Za-z ,.]{40,}$/);
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
    assert.ok(answer.usage.completion_tokens > 20);
    // 50 ms and a hundredth of a second per token, less the jitter of a tenth.
    assert.ok(took > 0.85 * (50 + 10 * answer.usage.completion_tokens), `${took} ms is too quick`);
    const again = await client.chat.completions.create(ask('Tell me about bridges'));
    assert.deepEqual(again, answer, 'same question, same answer');
    const other = await client.chat.completions.create(ask('Tell me about rivers'));
    assert.notEqual(other.choices[0].message.content, answer.choices[0].message.content);
  },

  async 'streamed answer'() {
    const plain = await client.chat.completions.create(ask('A long story'));
    const stream = await client.chat.completions.create(ask('A long story', { stream: true, stream_options: { include_usage: true } }));
    let text = '', roles = 0, finish, usage, deltas = 0, first;
    const begun = performance.now();
    for await (const chunk of stream) {
      assert.equal(chunk.object, 'chat.completion.chunk');
      if (chunk.usage) usage = chunk.usage;
      const choice = chunk.choices[0];
      if (!choice) continue;
      if (choice.delta.role) roles++;
      if (choice.delta.content) { deltas++; text += choice.delta.content; first ??= performance.now() - begun; }
      if (choice.finish_reason) finish = choice.finish_reason;
    }
    assert.equal(text, plain.choices[0].message.content);
    assert.equal(roles, 1);
    assert.equal(finish, 'stop');
    assert.deepEqual(usage, plain.usage);
    assert.equal(deltas, usage.completion_tokens);
    assert.ok(performance.now() - begun - first > 100, 'the tokens come one after the other');
  },

  async 'stream helper and no usage unless asked'() {
    const runner = client.chat.completions.stream(ask('Short please', { max_tokens: 5 }));
    const final = await runner.finalChatCompletion();
    assert.equal(final.choices[0].finish_reason, 'length');
    assert.ok(!final.usage);
  },

  async 'aborted stream'() {
    const stream = await client.chat.completions.create(ask('Stop in the middle', { stream: true }));
    for await (const _ of stream) break;
    assert.ok(stream.controller.signal.aborted);
  },

  async 'tool call, asked for by name'() {
    const answer = await client.chat.completions.create(
      ask('hello', { tools: [clock, weather], tool_choice: { type: 'function', function: { name: 'get_weather' } } }));
    assert.equal(answer.choices[0].finish_reason, 'tool_calls');
    const [call] = answer.choices[0].message.tool_calls;
    assert.equal(answer.choices[0].message.content, null);
    assert.equal(call.function.name, 'get_weather');
    checkWeatherArguments(call.function.arguments);
  },

  async 'tool call, chosen from what the user says, and its result'() {
    const messages = [{ role: 'user', content: 'What is the weather like in Bern?' }];
    const answer = await client.chat.completions.create({ model, messages, tools: [clock, weather] });
    const { message } = answer.choices[0];
    assert.equal(message.tool_calls[0].function.name, 'get_weather');
    messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'sunny' });
    const after = await client.chat.completions.create({ model, messages, tools: [clock, weather] });
    assert.equal(after.choices[0].finish_reason, 'stop');
    const none = await client.chat.completions.create(ask('Good morning', { tools: [clock, weather] }));
    assert.equal(none.choices[0].finish_reason, 'stop');
    const required = await client.chat.completions.create(ask('Good morning', { tools: [clock, weather], tool_choice: 'required' }));
    assert.ok(JSON.parse(required.choices[0].message.tool_calls[0].function.arguments).zone.length >= 30);
  },

  async 'streamed tool call'() {
    const stream = await client.chat.completions.create(ask('weather?', { tools: [weather], stream: true }));
    const call = { arguments: '' };
    let parts = 0, finish;
    for await (const chunk of stream) {
      const delta = chunk.choices[0].delta.tool_calls?.[0];
      finish = chunk.choices[0].finish_reason ?? finish;
      if (!delta) continue;
      parts++;
      assert.equal(delta.index, 0);
      if (delta.id) Object.assign(call, { id: delta.id, name: delta.function.name });
      call.arguments += delta.function.arguments;
    }
    assert.equal(call.name, 'get_weather');
    assert.ok(call.id.startsWith('call_') && parts > 3);
    assert.equal(finish, 'tool_calls');
    checkWeatherArguments(call.arguments);
  },

  async 'the SDK runs the tools itself'() {
    let asked;
    const runner = client.chat.completions.runTools(ask('weather please', {
      tools: [{ type: 'function', function: { ...weather.function, parse: JSON.parse, function: (args) => { asked = args; return 'rain'; } } }],
    }));
    assert.ok((await runner.finalContent()).length > 20);
    assert.equal(typeof asked.city, 'string');
  },

  async 'structured output'() {
    const schema = {
      type: 'object', additionalProperties: false, required: ['title', 'tags', 'parent'],
      properties: { title: { type: 'string' }, tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 3 }, parent: { anyOf: [{ type: 'null' }, { $ref: '#' }] } },
      $defs: { tag: { enum: ['a', 'b'] } },
    };
    const answer = await client.chat.completions.create(ask('x', { response_format: { type: 'json_schema', json_schema: { name: 'note', strict: true, schema } } }));
    const note = JSON.parse(answer.choices[0].message.content);
    assert.equal(note.tags.length, 3);
    assert.ok(note.tags.every((tag) => 'ab'.includes(tag)) && typeof note.title === 'string' && 'parent' in note);
    const free = await client.chat.completions.create(ask('x', { response_format: { type: 'json_object' } }));
    assert.equal(typeof JSON.parse(free.choices[0].message.content), 'object');
  },

  async 'embeddings'() {
    const input = ['the cat sat on the mat', 'the cat sat on a mat', 'stock prices fell'];
    const answer = await client.embeddings.create({ model: 'text-embedding-3-small', input });
    const [a, b, c] = answer.data.map((entry) => entry.embedding);
    const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
    assert.equal(a.length, 1536);
    assert.ok(Math.abs(dot(a, a) - 1) < 1e-3);
    assert.ok(dot(a, b) > dot(a, c) + 0.2, 'words in common are close');
    const floats = await client.embeddings.create({ model: 'text-embedding-3-small', input: input[0], encoding_format: 'float', dimensions: 1536 });
    assert.ok(floats.data[0].embedding.every((value, i) => Math.abs(value - a[i]) < 1e-5), 'base64 and float say the same');
  },

  async 'models'() {
    const ids = [];
    for await (const entry of client.models.list()) ids.push(entry.id);
    assert.ok(ids.includes(model));
    assert.equal((await client.models.retrieve(model)).id, model);
  },

  async 'responses API'() {
    const answer = await client.responses.create({ model, input: 'Tell me about gardens' });
    assert.equal(answer.status, 'completed');
    assert.ok(answer.output_text.length > 40);
    const stream = await client.responses.create({ model, input: 'Tell me about gardens', stream: true });
    let text = '', last;
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') text += event.delta;
      last = event;
    }
    assert.equal(text, answer.output_text);
    assert.equal(last.type, 'response.completed');
    const tool = await client.responses.create({ model, input: 'weather', tools: [{ type: 'function', ...weather.function }], tool_choice: 'required' });
    checkWeatherArguments(tool.output[0].arguments);
  },

  async 'errors'() {
    const fails = async (promise, status, more = {}) => {
      const error = await promise.then(() => assert.fail('no error'), (reason) => reason);
      assert.equal(error.status, status);
      for (const [key, value] of Object.entries(more)) assert.equal(error[key], value);
    };
    await fails(client.chat.completions.create({ model }), 400, { param: 'messages', type: 'invalid_request_error' });
    await fails(client.chat.completions.create({ messages: [] }), 400);
    await fails(client.models.retrieve('no-such'), 404, { code: 'model_not_found' });
    await fails(client.post('/no/such/route', { body: {} }), 404);
    const bad = await fetch(`${baseURL}/chat/completions`, { method: 'POST', body: '{"model":' });
    assert.equal(bad.status, 400);
    assert.match((await bad.json()).error.message, /could not parse the JSON/);
    assert.equal((await fetch(`${baseURL}/chat/completions`)).status, 405);
  },

  async 'many at once'() {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => client.chat.completions.create(ask(`question ${i}`))));
    assert.equal(new Set(answers.map((answer) => answer.id)).size, 100);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    console.error(`FAILED ${name}\n`, error);
    process.exit(1);
  }
}
