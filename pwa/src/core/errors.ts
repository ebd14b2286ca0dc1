// What the core refuses, by slug: the same word is the problem type on the wire, the `expect` of a vector and a message key.

/** The input breaks its format. `where` names the field at fault. */
export class Malformed extends Error {
  readonly slug: string
  readonly detail: string
  readonly where: string | null

  constructor(slug: string, detail = "", where: string | null = null) {
    super(detail === "" ? slug : `${slug}: ${detail}`)
    this.name = "Malformed"
    this.slug = slug
    this.detail = detail
    this.where = where
  }
}
