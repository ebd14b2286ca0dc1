// What the terminal could not do, in one line for its user.

export class Failure extends Error {
  constructor(message: string) {
    super(message)
    this.name = "Failure"
  }
}
