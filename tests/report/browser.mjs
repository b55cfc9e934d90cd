// usage: browser.mjs PAGE...: opens report pages in Chromium as people do: light, dark, phone, without scripts, on paper.
// Each page must request nothing, say nothing on the console, show no axe violation and not overflow a phone.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const MOST_BYTES = 500_000; // DESIGN 14
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const problems = [];
let checks = 0;

function check(page, what, holds, detail = '') {
  checks++;
  if (!holds) problems.push(`${page}: ${what} ${detail}`);
}

async function look(browser, file, name, options, act) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const seen = [], said = [];
  page.on('request', (r) => { if (!r.url().startsWith('data:') && r.url() !== pathToFileURL(file).href) seen.push(r.url()); });
  page.on('console', (m) => { if (!m.text().includes('axe')) said.push(m.text()); });
  page.on('pageerror', (e) => said.push(String(e)));
  page.on('dialog', (d) => { said.push(`dialog ${d.message()}`); d.dismiss(); });
  await page.goto(pathToFileURL(file).href);
  await act(page, `${file} (${name})`);
  check(`${file} (${name})`, 'requests nothing', seen.length === 0, seen.join(' '));
  check(`${file} (${name})`, 'console is silent', said.length === 0, said.join(' | '));
  await context.close();
}

async function accessible(page, where) {
  const result = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`);
  for (const v of result.violations) {
    const nodes = v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`).join('\n    ');
    problems.push(`${where}: axe ${v.id}: ${v.help}\n    ${nodes}`);
  }
  checks++;
}

async function readable(page, where) {
  const text = await page.locator('main').innerText();
  check(where, 'verdict is readable', text.includes('Not ready for customers'));
  check(where, 'matrix is a table', await page.locator('table.m th[scope=row]').count() >= 3);
  check(where, 'graph is drawn', await page.locator('svg[role=img] title').count() >= 2);
  const lost = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')]
    .map((a) => a.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id)));
  check(where, 'links lead somewhere', lost.length === 0, lost.join(' '));
  const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map((e) => e.id));
  check(where, 'ids are unique', new Set(ids).size === ids.length);
}

async function narrow(page, where) {
  const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  check(where, 'no sideways scroll', content <= view, `${content} > ${view}`);
}

async function inspect(browser, file) {
  check(file, 'is small', statSync(file).size < MOST_BYTES, `${statSync(file).size} bytes`);
  for (const colorScheme of ['light', 'dark']) {
    await look(browser, file, colorScheme, { colorScheme, viewport: { width: 1200, height: 900 }, bypassCSP: true }, async (page, where) => {
      await readable(page, where);
      await accessible(page, where);
    });
  }
  const phone = { viewport: { width: 375, height: 700 }, isMobile: true, hasTouch: true };
  await look(browser, file, 'phone', phone, narrow);
  await look(browser, file, 'phone, axe', { ...phone, bypassCSP: true }, accessible);
  await look(browser, file, 'no scripts', { javaScriptEnabled: false }, async (page, where) => {
    check(where, 'verdict is readable', (await page.locator('h1').textContent()) === 'Not ready for customers');
    check(where, 'evidence is visible', await page.locator('.ev table').first().isVisible());
  });
  await look(browser, file, 'paper', {}, async (page, where) => {
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    check(where, 'prints', pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 20_000);
  });
}

const profile = mkdtempSync(join(tmpdir(), 'proofload-browser-'));
process.env.TMPDIR = profile; // Chromium's own folders go there too.
let browser;
try {
  browser = await chromium.launch({ executablePath: process.env.PL_CHROMIUM ?? '/usr/bin/chromium', args: flags });
  for (const file of process.argv.slice(2)) await inspect(browser, resolve(file));
} finally {
  await browser?.close();
  rmSync(profile, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
console.log(`${checks} checks, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
