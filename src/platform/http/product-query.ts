/** A query of which the pipe tells whose it is. No caller can send the field: it has no rule, so it is unknown. */
export abstract class ProductQuery {
  /** Of the deployment; its cursors are no other's. */
  // Declared only: a field that the constructor makes would be taken for one that was sent.
  declare product: string;
}
