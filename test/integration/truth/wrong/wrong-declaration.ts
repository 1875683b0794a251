/** A declaration with one mistake. */
export interface WrongDeclaration {
  /** "a policy with …" */
  readonly title: string;
  readonly kind: string;
  readonly input: unknown;
  /** Resources declared before it, right by themselves. */
  readonly beside?: readonly { readonly kind: string; readonly name: string; readonly input: unknown }[];
  /** The property that the refusal must name; empty where it is about the whole. */
  readonly property: string;
  /** The last major version that refuses it, where a later one does not. */
  readonly upTo?: number;
  /** What the refusal must say: what is wrong, in the server's words where they are the server's, and what to do. */
  readonly says: RegExp;
}
