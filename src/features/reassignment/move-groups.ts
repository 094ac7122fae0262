/** What ties organizations together. */
interface Tied {
  readonly id: string;
  readonly members: readonly { readonly id: string }[];
}

/** Splits organizations into groups that share nobody: a person has one product, so who is shared moves with all of them. */
export function groupByPeople<Item extends Tied>(items: readonly Item[]): Item[][] {
  const groups: { people: Set<string>; items: Item[] }[] = [];
  for (const item of items) {
    const people = new Set(item.members.map(({ id }) => id));
    const tied = groups.filter((group) => [...people].some((id) => group.people.has(id)));
    const joined = { people, items: [item] };
    for (const group of tied) {
      for (const id of group.people) joined.people.add(id);
      joined.items.unshift(...group.items);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(joined);
  }
  return groups.map((group) => group.items);
}
