import { Router } from 'express';
import { enter } from '../lib/accounts.js';
import { textOf } from '../lib/input.js';
import { begin, loggedIn, resume } from '../lib/sessions.js';

export const account = Router();

// log in, or join if the name is new
account.post('/api/login', async (req, res) => {
  const name = textOf(req.body, 'name', { most: 64 });
  const password = textOf(req.body, 'password', { most: 200 });
  let user = await resume(req, name, password);
  if (!user) {
    user = await enter(name, password);
    await begin(req, res, user, password);
  }
  res.json({ id: user.id, name: user.name });
});

account.get('/api/me', loggedIn, (req, res) => {
  res.json({ id: req.user.id, name: req.user.name });
});
