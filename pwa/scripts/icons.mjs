// Draws the PNG icons from public/icons/amate.svg with a Chromium: node scripts/icons.mjs [path of chromium].
import { readFile, writeFile } from "node:fs/promises"
import { chromium } from "playwright-core"

const folder = new URL("../public/icons/", import.meta.url)
const drawing = await readFile(new URL("amate.svg", folder), "utf8")
// A maskable icon fills its square: the system cuts the corners, and may cut all but the inner 80 %.
const fullBleed = drawing.replace(' rx="112"', "").replace('viewBox="0 0 512 512"', 'viewBox="-24 -24 560 560"').replace('<rect width="512" height="512"', '<rect x="-24" y="-24" width="560" height="560"')
const wanted = [
  ["amate-180.png", 180, fullBleed],
  ["amate-192.png", 192, drawing],
  ["amate-512.png", 512, drawing],
  ["amate-maskable-512.png", 512, fullBleed],
]

const browser = await chromium.launch({ executablePath: process.argv[2] ?? "/usr/bin/chromium", args: ["--no-sandbox"] })
for (const [name, side, svg] of wanted) {
  const page = await browser.newPage({ viewport: { width: side, height: side } })
  await page.setContent(`<style>*{margin:0}svg{display:block;width:${side}px;height:${side}px}</style>${svg}`)
  await writeFile(new URL(name, folder), await page.screenshot({ omitBackground: true }))
  await page.close()
}
await browser.close()
