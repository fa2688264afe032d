/**
 * A name is stored once, as words, and cased where it is used.
 */

/** Words that TypeScript and C++ do not allow as names; ours end in an underscore there. */
const RESERVED = new Set(
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static implements interface package private protected public await arguments eval undefined'.split(
    ' ',
  ),
);

/** Words of C++ beside those, and what the C++ declarations use themselves. */
const CXX_RESERVED = new Set(
  'alignas alignof and and_eq asm auto bitand bitor bool char char16_t char32_t compl const_cast constexpr decltype double dynamic_cast explicit float friend goto inline int long mutable namespace noexcept not not_eq nullptr operator or or_eq register reinterpret_cast short signed sizeof static_assert static_cast struct template thread_local typedef typeid typename union unsigned using virtual volatile wchar_t xor xor_eq offsetof NULL errno size_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t'.split(
    ' ',
  ),
);

/** A constant's own name, where TypeScript can have it. */
export const exportedConstant = (name: string): string => (RESERVED.has(name) ? `${name}_` : name);

/** A name of C, where C++ can have it. */
export const cxxName = (name: string): string =>
  CXX_RESERVED.has(name) || RESERVED.has(name) ? `${name}_` : name;

/** Members of every object, and `then`, which would make a promise of one: no name of ours may hide them. */
const INHERITED = new Set(
  'constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf then'.split(
    ' ',
  ),
);

export class Name {
  readonly #words: readonly string[];

  private constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** From an identifier in snake_case, SCREAMING_CASE or camelCase. */
  static of(identifier: string): Name {
    const spaced = identifier.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
    const words = spaced.split(/_+/).filter((word) => word !== '');
    return new Name(words.map((word) => word.toLowerCase()));
  }

  /** `fileIndex`; fit to be a member of an object, whatever the header calls it. */
  get camel(): string {
    const [first = '', ...rest] = this.#words;
    const name = digitless(first + rest.map(capital).join(''));
    return INHERITED.has(name) ? `${name}_` : name;
  }

  /** `FileIndex` */
  get pascal(): string {
    return digitless(this.#words.map(capital).join(''));
  }

  /** `file_index` */
  get snake(): string {
    return this.#words.join('_');
  }

  /** `FILE_INDEX` */
  get constant(): string {
    return this.snake.toUpperCase();
  }

  /** `camel`, where it must stand as an identifier of its own. */
  get identifier(): string {
    return RESERVED.has(this.camel) ? `${this.camel}_` : this.camel;
  }

  /** Without the words of `prefix`, when it starts with them and something is left. */
  without(prefix: Name): Name {
    const starts = prefix.#words.every((word, index) => this.#words[index] === word);
    return starts && this.#words.length > prefix.#words.length
      ? new Name(this.#words.slice(prefix.#words.length))
      : this;
  }

  /** With a word at the end, unless it already ends so. */
  suffixed(word: string): Name {
    return this.#words.at(-1) === word ? this : new Name([...this.#words, word]);
  }
}

/** An identifier starts with no digit, and is not empty. */
const digitless = (name: string): string => (/^(\d|$)/.test(name) ? `_${name}` : name);

/**
 * Gives each item a name of its own: C tells more names apart than ours do (`a_b` and `aB`), and some are taken.
 * @param taken spellings that nothing may have; those given are added
 * @param spelled everything a name is spelled as in one scope
 */
export function distinctNames(
  names: readonly Name[],
  taken: Set<string>,
  spelled: (name: Name) => readonly string[],
): Name[] {
  return names.map((wanted) => {
    let name = wanted;
    const free = (): boolean => spelled(name).every((spelling) => !taken.has(spelling));
    for (let count = 2; !free(); count += 1) name = wanted.suffixed(String(count));
    for (const spelling of spelled(name)) taken.add(spelling);
    return name;
  });
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
