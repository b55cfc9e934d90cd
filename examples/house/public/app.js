const $ = (id) => document.getElementById(id);
let chat = null;

function post(path, body) {
  return fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

// What went wrong, in the server's words where it had any.
async function wrong(res) {
  const { error } = await res.json().catch(() => ({}));
  return new Error(error ?? 'something went wrong, please try again');
}

async function api(path, body) {
  const res = await (body ? post(path, body) : fetch(path));
  if (!res.ok) throw await wrong(res);
  return res.json();
}

// Texts of customers and of the model are texts, never markup.
function say(role, text) {
  const div = document.createElement('div');
  div.className = role;
  div.textContent = text;
  $('talk').append(div);
  return div;
}

async function showHistory() {
  const { chats } = await api('/api/history');
  $('chats').replaceChildren(...chats.map((c) => {
    const item = document.createElement('li');
    item.dataset.id = c.id;
    item.textContent = `${c.title} (${c.messages})`;
    return item;
  }));
}

async function enter() {
  $('login').hidden = true;
  $('room').hidden = false;
  await showHistory();
}

// Yields the events of a stream of server-sent events: its name and its data.
async function* eventsOf(res) {
  const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const name = /^event: (.*)$/m.exec(event)?.[1] ?? 'message';
      yield { name, data: JSON.parse(/^data: (.*)$/m.exec(event)[1]) };
    }
  }
}

async function showAnswer(res, bubble) {
  let answer = '', whole = false;
  for await (const { name, data } of eventsOf(res)) {
    if (name === 'error') throw new Error(data.error);
    if (data.chat) chat = data.chat;
    if (data.text) bubble.textContent = answer += data.text;
    whole = name === 'done';
  }
  if (!whole) throw new Error('the answer was cut off, please ask again');
}

// Runs what a customer did, and says so when it did not work.
function trying(work) {
  return async (event) => {
    event.preventDefault();
    try {
      await work(event);
    } catch (error) {
      alert(error.message);
    }
  };
}

$('login').onsubmit = trying(async (event) => {
  await api('/api/login', Object.fromEntries(new FormData(event.target)));
  await enter();
});

$('ask').onsubmit = trying(async (event) => {
  const text = event.target.text.value;
  event.target.reset();
  say('user', text);
  const bubble = say('assistant', '...');
  try {
    const res = await post('/api/ask', { text, chat });
    if (!res.ok) throw await wrong(res);
    await showAnswer(res, bubble);
  } catch (error) {
    if (bubble.textContent === '...') bubble.textContent = error.message;
    else say('assistant', error.message);
  }
  await showHistory();
});

$('keep').onclick = trying(async () => {
  await api('/api/notes', { text: $('ask').text.value });
  $('ask').reset();
});

$('search').onsubmit = trying(async (event) => {
  const { found } = await api(`/api/search?q=${encodeURIComponent(event.target.q.value)}`);
  $('talk').replaceChildren();
  found.forEach((m) => say(m.role, m.text));
});

$('chats').onclick = trying(async (event) => {
  if (!event.target.dataset.id) return;
  const { messages } = await api(`/api/chats/${event.target.dataset.id}`);
  chat = Number(event.target.dataset.id);
  $('talk').replaceChildren();
  messages.forEach((m) => say(m.role, m.text));
});

$('fresh').onclick = () => {
  chat = null;
  $('talk').replaceChildren();
};

api('/api/me').then(enter, () => {});
