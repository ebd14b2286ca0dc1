// Puts the viewer of the API's document beside its page: /docs asks no other host for anything.
import { copyFileSync } from "node:fs"
import { join } from "node:path"

const VIEWER = join(import.meta.dirname, "../node_modules/swagger-ui-dist")
const DOCS = join(import.meta.dirname, "../dist/docs")

for (const name of ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"]) {
  copyFileSync(join(VIEWER, name), join(DOCS, name))
}
