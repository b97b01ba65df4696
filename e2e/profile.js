// One person's browser: its own cookies and language, watched for whatever a page must not do.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SCREENSHOTS = fileURLToPath(new URL("./screenshots/", import.meta.url));

/** What Chromium logs for an answer of 4xx or 5xx. The status itself is watched instead. */
const ECHO_OF_A_STATUS = /^Failed to load resource: the server responded with a status/;
const LOST_CONNECTION = /^Failed to load resource: net::ERR_(CONNECTION|EMPTY|INCOMPLETE|SOCKET)/;

export class Profile {
  /** A profile without cookies. `sites` are the addresses beside the server's that its pages may ask. `device` overrides the window: see `newContext` of Playwright. */
  static async open(browser, server, { name, language = "en", javaScript = true, device = {}, sites = [] }) {
    const locale = { en: "en-US", ko: "ko-KR" }[language];
    const context = await browser.newContext({ locale, javaScriptEnabled: javaScript, ...device });
    const profile = new Profile(await context.newPage());
    Object.assign(profile, { context, server, name, language, sites: [server.url, ...sites], complaints: new Set(), shots: 0, refusals: 0, expected: () => false });
    profile.watch();
    return profile;
  }

  constructor(page) {
    this.page = page;
  }

  async go(path) {
    await this.page.goto(this.server.url + path);
  }

  /** The path of the page that is shown. */
  get path() {
    return new URL(this.page.url()).pathname;
  }

  /** The first form that posts to `action`, in which one `*` stands for anything. */
  form(action) {
    const [start, end] = action.split("*");
    const fits = end === undefined ? `[action="${start}"]` : `[action^="${start}"][action$="${end}"]`;
    return this.page.locator(`form[method="post" i]${fits}`).first();
  }

  /** Fills in the form that posts to `action`, sends it, and waits for the page that follows. */
  async send(action, fields = {}) {
    const form = this.form(action);
    await this.fill(form, fields);
    await this.follow(() => form.locator('[type="submit"], button:not([type])').first().click());
  }

  /** As `send`, where the answer must be a refusal. Answers its status. */
  async sendInVain(action, fields = {}) {
    this.refusals += 1;
    const answer = this.page.waitForResponse((response) => response.request().method() === "POST");
    await this.send(action, fields);
    this.refusals -= 1;
    return (await answer).status();
  }

  /** Does what leaves the page, and waits until the next one is there. */
  async follow(act) {
    const loaded = this.page.waitForEvent("load");
    await act();
    await loaded;
  }

  /** From now on pages may be answered with this status on these paths, and with no other refusal than that. */
  expect(status, ...paths) {
    this.expected = (answer) => answer.status() === status && paths.includes(new URL(answer.url()).pathname);
  }

  async fill(form, fields) {
    for (const [name, value] of Object.entries(fields)) await form.locator(`input[name="${name}"]`).fill(value);
  }

  /** The session cookie, if there is one. */
  async cookie() {
    const cookies = await this.context.cookies(this.server.url);
    return cookies.find((cookie) => cookie.name === "__Host-bitjang");
  }

  /** Keeps a picture of the whole page in `e2e/screenshots`. */
  async shot(journey, what) {
    await mkdir(SCREENSHOTS, { recursive: true });
    this.shots += 1;
    const name = [journey, this.name, this.language, String(this.shots).padStart(2, "0"), what].join("-");
    await this.page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
  }

  /** Notes script errors, breaches of the security policy, calls to strangers, and refusals nobody asked for. */
  watch() {
    const complain = (what) => this.complaints.add(`${this.name} at ${this.page.url()}: ${what}`);
    this.page.on("pageerror", (error) => complain(error));
    this.page.on("console", (message) => {
      const loud = message.type() === "error" || /Content[- ]Security[- ]Policy/i.test(message.text());
      if (loud && !this.expects(message.text())) complain(message.text());
    });
    this.page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== "data:" && !this.sites.includes(origin)) complain(`asks a stranger: ${request.url()}`);
    });
    this.page.on("response", (response) => this.judge(response, complain));
  }

  /** An icon may be on its way when a journey interrupts the server. */
  expects(message) {
    return ECHO_OF_A_STATUS.test(message) || (this.server.interrupted && LOST_CONNECTION.test(message));
  }

  judge(response, complain) {
    const status = response.status();
    const refused = status >= 400 && status < 500;
    const meant = refused && this.refusals > 0 && response.request().method() === "POST";
    if (status >= 400 && !meant && !this.expected(response)) complain(`${response.request().method()} ${response.url()} answered ${status}`);
  }
}
