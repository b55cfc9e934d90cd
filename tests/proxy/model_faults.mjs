// The openai and @anthropic-ai/sdk packages through the faults of a model provider: model_faults.mjs API_URL MODEL_PORT
// MODEL_PORT: of `proofload model-server`; a server here speaks Anthropic's messages and OpenAI's responses.
import assert from "node:assert/strict";
import http from "node:http";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [api, modelPort] = process.argv.slice(2);
const quiet = { maxRetries: 0, timeout: 10_000, apiKey: "none", logLevel: "off" };
const words = ["One ", "two ", "three."];

function messageEvents(model) {
  const message = { id: "msg_1", type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null,
                    usage: { input_tokens: 5, output_tokens: 1 } };
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...words.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 3 } },
    { type: "message_stop" },
  ];
}

function message(model) {
  return { ...messageEvents(model)[0].message, content: [{ type: "text", text: words.join("") }], stop_reason: "end_turn",
           usage: { input_tokens: 5, output_tokens: 3 } };
}

function response(model, status, output, usage = null) {
  return { id: "resp_1", object: "response", created_at: 1, status, error: null, incomplete_details: null, instructions: null,
           model, output, parallel_tool_calls: true, temperature: 1, tool_choice: "auto", tools: [], top_p: 1, usage, metadata: {} };
}

function wholeResponse(model) {
  const part = { type: "output_text", text: words.join(""), annotations: [] };
  const item = { id: "msg_1", type: "message", status: "completed", role: "assistant", content: [part] };
  return response(model, "completed", [item], { input_tokens: 5, output_tokens: 3, total_tokens: 8 });
}

function responseEvents(model) {
  const whole = wholeResponse(model), [item] = whole.output;
  const at = { item_id: item.id, output_index: 0, content_index: 0 };
  const empty = { type: "output_text", text: "", annotations: [] };
  return [
    { type: "response.created", response: response(model, "in_progress", []) },
    { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...at, part: empty },
    ...words.map((delta) => ({ type: "response.output_text.delta", ...at, delta })),
    { type: "response.output_text.done", ...at, text: words.join("") },
    { type: "response.content_part.done", ...at, part: item.content[0] },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: whole },
  ].map((event, number) => ({ ...event, sequence_number: number }));
}

const server = http.createServer(async (request, answer) => {
  let body = "";
  for await (const part of request) body += part;
  const { model, stream } = JSON.parse(body);
  const ofMessages = request.url.endsWith("/messages");
  if (!stream) {
    answer.setHeader("content-type", "application/json");
    return answer.end(JSON.stringify(ofMessages ? message(model) : wholeResponse(model)));
  }
  answer.setHeader("content-type", "text/event-stream");
  for (const event of ofMessages ? messageEvents(model) : responseEvents(model)) {
    answer.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  answer.end();
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

async function control(method, path, body) {
  const answer = await fetch(api + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

// Each fault has proxies of its own, so that no connection is left from the one before.
let proxies = 0;
async function through(type, attributes, work) {
  const open = async (port) => {
    const name = `model-${++proxies}`;
    const toxics = [{ type, name: "fault", attributes }];
    const made = await control("POST", "/proxies", { name, listen: "127.0.0.1:0", upstream: `127.0.0.1:${port}`, toxics });
    return { name, origin: `http://${made.listen}` };
  };
  const [first, second] = [await open(modelPort), await open(server.address().port)];
  const openai = new OpenAI({ ...quiet, baseURL: first.origin + "/v1" });
  const other = new OpenAI({ ...quiet, baseURL: second.origin + "/some/base/v1" });
  const anthropic = new Anthropic({ ...quiet, baseURL: second.origin });
  const what = {
    chat: (more) => openai.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content: "Hi" }], ...more }),
    chatStream: () => openai.chat.completions.stream({ model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] }),
    embed: () => openai.embeddings.create({ model: "text-embedding-3-small", input: ["a", "b"] }),
    respond: (more) => other.responses.create({ model: "gpt-4o", input: "Hi", ...more }),
    respondStream: () => other.responses.stream({ model: "gpt-4o", input: "Hi" }),
    message: (more) => anthropic.messages.create({ model: "claude-x", max_tokens: 9, messages: [{ role: "user", content: "Hi" }], ...more }),
    messageStream: () => anthropic.messages.stream({ model: "claude-x", max_tokens: 9, messages: [{ role: "user", content: "Hi" }] }),
  };
  try {
    await work(what);
    const effects = await Promise.all([first, second].map(({ name }) => control("GET", `/proxies/${name}/toxics/fault/effect`)));
    console.log(type, JSON.stringify(attributes), "acted", effects.map((effect) => effect.acted).join(" + "));
  } catch (error) {
    error.message = `${type} ${JSON.stringify(attributes)}: ${error.message}`;
    throw error;
  } finally {
    await Promise.all([first, second].map(({ name }) => control("DELETE", `/proxies/${name}`)));
  }
}

async function collect(stream) {
  const events = [];
  for await (const event of await stream) events.push(event);
  return events;
}
// What comes until it fails, and how.
async function untilFailure(stream) {
  const events = [];
  try {
    for await (const event of await stream) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events };
}
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail("nothing failed");
}
async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
}
const streamed = { stream: true };

// Without a match nothing changes.
await through("model_error", { model: "none" }, async ({ chat, embed, respond, message, messageStream }) => {
  assert.ok((await chat()).choices[0].message.content);
  assert.ok((await collect(chat(streamed))).length > 3);
  assert.equal((await embed()).data.length, 2);
  assert.equal((await respond()).output_text, words.join(""));
  assert.equal((await message()).content[0].text, words.join(""));
  assert.equal(await messageStream().finalText(), words.join(""));
});

const errors = [
  ["rate_limited", OpenAI.RateLimitError, 429, "rate_limit_exceeded", Anthropic.RateLimitError, 429, "rate_limit_error"],
  ["overloaded", OpenAI.InternalServerError, 503, null, Anthropic.InternalServerError, 529, "overloaded_error"],
  ["server_error", OpenAI.InternalServerError, 500, null, Anthropic.InternalServerError, 500, "api_error"],
  ["unavailable", OpenAI.InternalServerError, 503, "service_unavailable", Anthropic.InternalServerError, 503, "api_error"],
  ["context_length", OpenAI.BadRequestError, 400, "context_length_exceeded", Anthropic.BadRequestError, 400, "invalid_request_error"],
  ["unauthorized", OpenAI.AuthenticationError, 401, "invalid_api_key", Anthropic.AuthenticationError, 401, "authentication_error"],
  ["quota", OpenAI.RateLimitError, 429, "insufficient_quota", Anthropic.BadRequestError, 400, "invalid_request_error"],
];
for (const [kind, openaiClass, openaiStatus, code, anthropicClass, anthropicStatus, type] of errors) {
  await through("model_error", { kind, retry_after: 7 }, async ({ chat, embed, respond, message }) => {
    for (const call of [() => chat(), () => chat(streamed), embed, () => respond(streamed)]) {
      const error = await failure(call());
      assert.ok(error instanceof openaiClass, `${error}`);
      assert.equal(error.status, openaiStatus);
      assert.equal(error.code, code);
      assert.equal(error.requestID, "req_injected");
      if (kind === "rate_limited") assert.equal(error.headers.get("retry-after"), "7");
    }
    for (const call of [() => message(), () => message(streamed)]) {
      const error = await failure(call());
      assert.ok(error instanceof anthropicClass, `${error}`);
      assert.equal(error.status, anthropicStatus);
      assert.equal(error.error.error.type, type);
      assert.equal(error.requestID, "req_injected");
    }
  });
}

await through("model_slow_start", { ms: 900 }, async ({ chat, message, messageStream }) => {
  assert.ok((await timed(() => chat())).ms >= 890);
  const { result, ms } = await timed(() => message(streamed));
  assert.ok(ms < 700, "the head comes at once");
  assert.ok((await timed(() => collect(result))).ms + ms >= 890);
  assert.equal(await messageStream().finalText(), words.join(""));
});
await through("model_slow_start", { ms: 400, head: 1 }, async ({ respond }) => {
  assert.ok((await timed(() => respond(streamed))).ms >= 390);
});
await through("model_slow_tokens", { ms: 50 }, async ({ messageStream, respondStream }) => {
  const { result, ms } = await timed(() => messageStream().finalText());
  assert.equal(result, words.join(""));
  assert.ok(ms >= 345, `seven events after the first: ${ms}`);
  assert.equal((await respondStream().finalResponse()).output_text, words.join(""));
});

// The SDK's own time limit is on the head; a program needs one of its own for what stops later.
for (const keep_alive of [0, 100]) {
  await through("model_stall", { events: 3, keep_alive }, async ({ chat, message, respond }) => {
    for (const call of [chat, message, respond]) {
      const stream = await call(streamed);
      let seen = 0;
      const reading = (async () => {
        for await (const _ of stream) ++seen;
        return "ended";
      })();
      const stopped = new Promise((done) => setTimeout(done, 700, "stopped"));
      assert.equal(await Promise.race([reading, stopped]), "stopped");
      assert.equal(seen, 3);
      stream.controller.abort();
      await reading;
    }
  });
}
await through("model_cut", { events: 4 }, async ({ chat, message, respond, messageStream }) => {
  for (const call of [chat, message, respond]) {
    const { events, error } = await untilFailure(call(streamed));
    assert.equal(events.length, 4);
    assert.match(`${error} ${error.cause}`, /terminated|connection|closed/i);
  }
  assert.ok((await failure(messageStream().finalText())) instanceof Anthropic.AnthropicError);
});
await through("model_no_end", {}, async ({ chat, messageStream, respondStream, respond }) => {
  assert.equal((await collect(chat(streamed))).at(-1).choices[0].finish_reason, "stop");
  assert.match(`${await failure(messageStream().finalMessage())}`, /ended|message_stop|without/i);
  assert.equal((await respondStream().finalResponse()).status, "in_progress");
  assert.equal((await collect(respond(streamed))).at(-1).type, "response.output_item.done");
});
await through("model_malformed", { event: 3 }, async ({ chat, message, respond, embed }) => {
  for (const call of [chat, message, respond]) {
    const { events, error } = await untilFailure(call(streamed));
    assert.equal(events.length, 2);
    assert.match(`${error}`, /JSON/);
    assert.match(`${await failure(call())}`, /JSON/);
  }
  assert.match(`${await failure(embed())}`, /JSON/);
});

await through("model_empty", {}, async ({ chat, embed, respond, message, messageStream, respondStream, chatStream }) => {
  assert.deepEqual((await chat()).choices, []);
  assert.deepEqual((await collect(chat(streamed))).map((event) => event.choices), [[]]);
  await failure(chatStream().finalContent());
  assert.deepEqual((await embed()).data, []);
  assert.equal((await respond()).output_text, "");
  assert.deepEqual((await respondStream().finalResponse()).output, []);
  assert.deepEqual((await message()).content, []);
  assert.deepEqual((await messageStream().finalMessage()).content, []);
});
await through("model_refusal", { text: "No." }, async ({ chat, embed, respond, message, messageStream, respondStream, chatStream }) => {
  const said = (await chat()).choices[0].message;
  assert.deepEqual([said.refusal, said.content], ["No.", null]);
  assert.equal((await chatStream().finalMessage()).refusal, "No.");
  assert.equal((await respond()).output[0].content[0].refusal, "No.");
  assert.equal((await respondStream().finalResponse()).output[0].content[0].refusal, "No.");
  assert.equal((await message()).stop_reason, "refusal");
  assert.equal((await messageStream().finalMessage()).stop_reason, "refusal");
  assert.equal((await embed()).data.length, 2);
});
await through("model_length", { events: 3 }, async ({ chat, respond, message, messageStream, respondStream, chatStream }) => {
  assert.equal((await chat()).choices[0].finish_reason, "length");
  const [choice] = (await chatStream().finalChatCompletion()).choices;
  assert.deepEqual([choice.finish_reason, choice.message.content], ["length", "The answer to "]);
  for (const one of [await respond(), await respondStream().finalResponse()]) {
    assert.deepEqual([one.status, one.incomplete_details, one.output_text], ["incomplete", { reason: "max_output_tokens" }, "The answer to "]);
  }
  for (const one of [await message(), await messageStream().finalMessage()]) {
    assert.deepEqual([one.stop_reason, one.content[0].text], ["max_tokens", "The answer to "]);
  }
});
await through("model_schema", {}, async ({ chat, embed, respond, message, messageStream }) => {
  assert.equal((await chat()).choices.message.content, 42);
  assert.equal((await collect(chat(streamed)))[1].choices.delta.content, 42);
  assert.equal((await message()).content, 42);
  await failure(messageStream().finalMessage());
  const responded = await respond().catch((error) => error);
  assert.ok(responded instanceof TypeError || !Array.isArray(responded.output), `${responded}`);
  const embedded = await embed().catch((error) => error);
  assert.ok(embedded instanceof Error || !Array.isArray(embedded.data), `${embedded}`);
});
const parameters = { type: "object", properties: {} };
const chatTools = [{ type: "function", function: { name: "get_time", parameters } }];
for (const kind of ["unknown", "malformed"]) {
  const name = kind === "unknown" ? "a_tool_that_was_never_offered" : "get_time";
  const judge = (text) => (kind === "unknown" ? JSON.parse(text) : assert.throws(() => JSON.parse(text)));
  await through("model_tool_call", { kind }, async ({ chat, respond, message }) => {
    const call = (await chat({ tools: chatTools })).choices[0].message.tool_calls[0].function;
    assert.equal(call.name, name);
    judge(call.arguments);
    const parts = await collect(chat({ tools: chatTools, stream: true }));
    judge(parts.map((event) => event.choices[0].delta.tool_calls?.[0].function.arguments ?? "").join(""));
    const [item] = (await respond({ tools: [{ type: "function", name: "get_time", parameters, strict: false }] })).output;
    assert.deepEqual([item.type, item.name], ["function_call", name]);
    judge(item.arguments);
    const tools = [{ name: "get_time", input_schema: parameters }];
    const [block] = (await message({ tools })).content;
    assert.deepEqual([block.type, block.name, typeof block.input], ["tool_use", name, kind === "unknown" ? "object" : "string"]);
    const deltas = await collect(message({ tools, stream: true }));
    judge(deltas.map((event) => event.delta?.partial_json ?? "").join(""));
  });
}
await through("model_usage", { factor: -3 }, async ({ chat, embed, respond, message, messageStream, respondStream }) => {
  assert.ok((await chat()).usage.total_tokens < 0);
  assert.ok((await collect(chat({ stream: true, stream_options: { include_usage: true } }))).at(-1).usage.total_tokens < 0);
  const vectors = await embed();
  assert.ok(vectors.usage.total_tokens < 0 && vectors.data[0].embedding.length === 1536);
  assert.equal((await respond()).usage.total_tokens, -24);
  assert.equal((await respondStream().finalResponse()).usage.input_tokens, -15);
  assert.deepEqual((await message()).usage, { input_tokens: -15, output_tokens: -9 });
  assert.equal((await messageStream().finalMessage()).usage.output_tokens, -9);
});
await through("model_endless", { pause: 1, most: 300 }, async ({ chat, messageStream, respond }) => {
  const text = words.join("") + words[2].repeat(300);
  assert.equal(await messageStream().finalText(), text);
  assert.equal((await collect(respond(streamed))).map((event) => event.delta ?? "").join(""), text);
  assert.ok((await collect(chat(streamed))).length > 300);
});
await through("model_endless", { pause: 5 }, async ({ message }) => {
  const stream = await message(streamed);
  let seen = 0;
  for await (const _ of stream) if (++seen === 100) break;
  assert.equal(seen, 100);
});
// A wrong parameter is refused with what would be right.
const wrong = await fetch(api + "/proxies", { method: "POST", body: JSON.stringify({ name: "wrong", listen: "127.0.0.1:0",
  upstream: "127.0.0.1:1", toxics: [{ type: "model_error", attributes: { route: "chats" } }] }) });
assert.equal(wrong.status, 400);
assert.match(await wrong.text(), /chat, responses, embeddings, messages/);
server.closeAllConnections();
server.close();
