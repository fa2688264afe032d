/**
 * A name is stored once, as words, and cased where it is used.
 */

/** Words that TypeScript and C++ do not allow as names; ours end in an underscore there. */
const RESERVED = new Set(
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static implements interface package private protected public await'.split(
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

  /** `fileIndex` */
  get camel(): string {
    const [first = '', ...rest] = this.#words;
    return first + rest.map(capital).join('');
  }

  /** `FileIndex` */
  get pascal(): string {
    return this.#words.map(capital).join('');
  }

  /** `file_index` */
  get snake(): string {
    return this.#words.join('_');
  }

  /** `FILE_INDEX` */
  get constant(): string {
    return this.snake.toUpperCase();
  }

  /** `camel`, where it must stand as an identifier of its own: neither reserved nor starting with a digit. */
  get identifier(): string {
    const name = /^\d/.test(this.camel) ? `_${this.camel}` : this.camel;
    return RESERVED.has(name) ? `${name}_` : name;
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

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
