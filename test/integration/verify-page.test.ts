import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatHtml } from "../../infra/verify/html/page.ts";
import { Chromium, findChromium, noChromium } from "../support/chromium.ts";
import { everything, hostileName } from "./verify-page.ts";

interface AxNode {
  readonly nodeId: string;
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly childIds?: readonly string[];
}

const program = findChromium();
if (program === undefined) console.error(`The page of verify is not tried in a browser: ${noChromium}`);

describe.runIf(program !== undefined)("the page of verify in a browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-page-"));
  const url = pathToFileURL(join(folder, "page.html")).href;
  let browser: Chromium;
  let nodes: readonly AxNode[];
  beforeAll(async () => {
    writeFileSync(join(folder, "page.html"), formatHtml(everything, []));
    browser = await Chromium.start(program ?? "");
    await browser.open(url);
    const tree = await browser.send<{ nodes: readonly AxNode[] }>("Accessibility.getFullAXTree");
    const byId = new Map(tree.nodes.map((node) => [node.nodeId, node]));
    const inOrder = (node: AxNode): readonly AxNode[] => [
      node,
      ...(node.childIds ?? []).flatMap((id) => byId.get(id) ?? []).flatMap(inOrder),
    ];
    nodes = tree.nodes.slice(0, 1).flatMap(inOrder);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a screen reader is told of the elements with a role. */
  const heard = (role: string) => nodes.filter((node) => !node.ignored && node.role?.value === role).map(textOf);
  const textOf = (node: AxNode): string => {
    if (node.role?.value === "StaticText" || (node.name?.value ?? "") !== "") return node.name?.value ?? "";
    return (node.childIds ?? [])
      .map((id) =>
        nodes
          .filter((each) => each.nodeId === id)
          .map(textOf)
          .join(""),
      )
      .join("")
      .trim();
  };
  const focused = () =>
    browser.evaluate<string>(`(() => { const { tagName, textContent, id } = document.activeElement;
      return tagName === "BODY" ? "" : [tagName.toLowerCase(), id || textContent.trim().slice(0, 30)].join(" ").trim(); })()`);

  it("tells a screen reader who may do what, in words and by headers", () => {
    const [table, ...others] = heard("table");
    expect([table, others]).toEqual(["What each kind of person did with each object", []]);
    expect(heard("columnheader")).toEqual(["Object", ...everything.matrix.kinds]);
    expect(heard("rowheader")).toEqual(everything.matrix.rows.map(({ object }) => object));
    const cells = heard("cell");
    const cellsOf = (object: string) => {
      const row = everything.matrix.rows.findIndex((each) => each.object === object);
      return cells.slice(row * everything.matrix.kinds.length, (row + 1) * everything.matrix.kinds.length);
    };
    expect(cellsOf("public.customers")).toEqual([
      "nothing",
      "select others' too not as expected",
      "nothing",
      "select, insert, update and delete theirs",
      "select, insert, update and delete theirs",
      "select, insert and update theirs",
      "nothing",
      "select, insert, update and delete others' too",
    ]);
    expect(cellsOf("public.notifications")[5]).toBe("select, update and delete theirs; partly not tried");
    expect(cellsOf("channel organization:*")[3]).toBe("receive and send theirs");
  });

  it("has one main landmark, a region for each part, and headings in their order", () => {
    expect(heard("main")).toHaveLength(1);
    expect(heard("region").filter((name) => !name.startsWith("Statement"))).toEqual([
      "Matrix",
      "What each kind of person did with each object",
      "Not as expected (3)",
      "Not tried (1)",
      "Slow where there are many rows: advice, no failure (1)",
      "Found, and stated by nobody (2)",
    ]);
    expect(heard("heading").slice(0, 4)).toEqual([
      ...["Who may do what", "Matrix", "Not as expected (3)", "outsider: select on public.customers"],
    ]);
  });

  it("is worked by the keyboard: what is wrong is found, filtered and opened in the order of the page", async () => {
    await browser.open(url);
    const stops: string[] = [];
    const tab = async () => {
      await browser.press("Tab");
      stops.push(await focused());
    };
    for (let index = 0; index < 7; index += 1) await tab();
    expect(stops).toEqual([
      ...["a 3 not as expected", "a 547 found that nobody stated", "a 2 not tried"],
      ...["input only-failed", "div What each kind of person did w", "a !not as expected", "a !not as expected"],
    ]);
    await browser.press("Enter");
    expect(await browser.evaluate("document.querySelector(':target').innerText")).toContain("select on public.tasks");
    await tab();
    expect(stops.at(-1)).toBe("summary Statement to paste into psql");
    await browser.press("Enter");
    expect(await browser.evaluate("document.activeElement.parentElement.open")).toBe(true);
    await tab();
    expect(stops.at(-1)).toMatch(/^pre begin;/);

    await browser.open(url);
    for (let index = 0; index < 4; index += 1) await tab();
    await browser.press(" ");
    const shown =
      "[...document.querySelectorAll('tbody tr')].filter((row) => row.checkVisibility()).map((row) => row.cells[0].textContent)";
    expect(await browser.evaluate(shown)).toEqual(["public.customers", "public.tasks"]);
  });

  it.each(["light", "dark"])("is legible in %s colours, and says nothing by colour alone", async (theme) => {
    const features = [{ name: "prefers-color-scheme", value: theme }];
    await browser.send("Emulation.setEmulatedMedia", { features });
    await browser.open(url);
    const poor = await browser.evaluate<readonly string[]>(poorContrast);
    expect(poor).toEqual([]);
    expect(
      await browser.evaluate(
        "[...document.querySelectorAll('td.failed')].every((cell) => cell.innerText.includes('!'))",
      ),
    ).toBe(true);
    expect(await browser.evaluate("document.getAnimations().length")).toBe(0);
  });

  it("fits a narrow window, or four times the size: only the matrix is scrolled sideways", async () => {
    await browser.send("Emulation.setDeviceMetricsOverride", {
      width: 320,
      height: 640,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await browser.open(url);
    expect(await browser.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    expect(await browser.evaluate("document.querySelector('.scroll').scrollWidth > 320")).toBe(true);
    const header = "document.querySelector('tbody th').getBoundingClientRect()";
    await browser.evaluate("document.querySelector('.scroll').scrollLeft = 200");
    expect(await browser.evaluate(`${header}.left >= 0 && ${header}.right < 200`)).toBe(true);
  });

  it("asks for nothing, runs nothing, and shows hostile names as text", async () => {
    const requests = browser.events("Network.requestWillBeSent") as readonly {
      readonly request: { readonly url: string };
    }[];
    expect(new Set(requests.map(({ request }) => request.url.replace(/#.*/, "")))).toEqual(new Set([url]));
    expect(browser.events("Page.javascriptDialogOpening")).toEqual([]);
    expect(browser.events("Log.entryAdded")).toEqual([]);
    expect(await browser.evaluate("document.querySelectorAll('img, script, link').length")).toBe(0);
    expect(
      await browser.evaluate("[...document.querySelectorAll('tbody th')].map((cell) => cell.textContent)"),
    ).toContain(hostileName);
  });
});

/** In the page: the texts whose contrast with what is behind them is below 4.5 to 1. @see https://www.w3.org/TR/WCAG22/#contrast-minimum */
const poorContrast = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const luminance = (color) => rgba(color).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => { const { backgroundColor } = getComputedStyle(element); return rgba(backgroundColor)[3] === 255 || element.parentElement === null ? backgroundColor : behind(element.parentElement); };
  const texts = [...document.querySelectorAll("body *")].filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""));
  return texts.flatMap((element) => {
    const [light, dark] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((left, right) => right - left);
    const ratio = (light + 0.05) / (dark + 0.05);
    return ratio < 4.5 ? [element.tagName + " " + element.className + ": " + ratio.toFixed(2)] : [];
  });
})()`;
