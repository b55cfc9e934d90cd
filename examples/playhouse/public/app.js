const $ = (id) => document.getElementById(id);
let chat = null;

async function api(path, body) {
  const res = await fetch(path, body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!res.ok) throw new Error(await res.text());
  return res.json();
}

function say(role, text) {
  const div = document.createElement('div');
  div.className = role;
  div.innerHTML = text;
  $('talk').append(div);
  return div;
}

async function showHistory() {
  const { chats } = await api('/api/history');
  $('chats').innerHTML = chats.map((c) => `<li data-id="${c.id}">${c.title} (${c.messages})</li>`).join('');
}

async function enter() {
  $('login').hidden = true;
  $('room').hidden = false;
  await showHistory();
}

$('login').onsubmit = async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    await api('/api/login', Object.fromEntries(form));
    enter();
  } catch (error) {
    alert(error.message);
  }
};

$('ask').onsubmit = async (event) => {
  event.preventDefault();
  const text = event.target.text.value;
  event.target.reset();
  say('user', text);
  const bubble = say('assistant', '...');
  const res = await fetch('/api/ask', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text, chat }) });
  const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '', answer = '';
  while (true) {
    const { value, done } = await reader.read();
    if (done) break;
    rest += value;
    const events = rest.split('\n\n');
    rest = events.pop();
    for (const e of events) {
      const data = JSON.parse(e.slice(e.indexOf('data: ') + 6));
      if (data.chat) chat = data.chat;
      if (data.text) bubble.innerHTML = answer += data.text;
    }
  }
  showHistory();
};

$('keep').onclick = async () => {
  await api('/api/notes', { text: $('ask').text.value });
  $('ask').reset();
};

$('search').onsubmit = async (event) => {
  event.preventDefault();
  const { found } = await api('/api/search?q=' + event.target.q.value);
  $('talk').innerHTML = '';
  found.forEach((m) => say(m.role, m.text));
};

$('chats').onclick = async (event) => {
  chat = Number(event.target.dataset.id);
  const { messages } = await api(`/api/chats/${chat}`);
  $('talk').innerHTML = '';
  messages.forEach((m) => say(m.role, m.text));
};

$('fresh').onclick = () => {
  chat = null;
  $('talk').innerHTML = '';
};

api('/api/me').then(enter, () => {});
