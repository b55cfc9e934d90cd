import 'dotenv/config';
import OpenAI from 'openai';

const openai = new OpenAI(); // key and base URL come from the environment or .env

const PERSONA = 'You are the host of the playhouse. You are warm, funny and brief.';

// yields the answer piece by piece
export async function* ask(messages) {
  const stream = await openai.chat.completions.create({
    model: process.env.MODEL || 'gpt-4o-mini',
    stream: true,
    messages: [{ role: 'system', content: PERSONA }, ...messages.map((m) => ({ role: m.role, content: m.text }))],
  });
  for await (const chunk of stream) {
    const text = chunk.choices[0]?.delta?.content;
    if (text) yield text;
  }
}
