/** Repeats a step that adds to a collection, or removes from it, until its size stays the same. */
export function repeatWhileSizeChanges(collection: { readonly size: number }, step: () => void): void {
  for (let size = -1; size !== collection.size; ) {
    ({ size } = collection);
    step();
  }
}
