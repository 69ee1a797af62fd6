/** Thrown in place of a result: the attempt goes on elsewhere, and its ending will be told from there. */
export class HandedOver extends Error {
  override readonly name = "HandedOver";

  constructor() {
    super("The attempt was handed over to an outside service.");
  }
}
