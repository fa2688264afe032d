/**
 * Names of constants. libclang's tree has numbers where the source has macros; this reads `#define`s as text, so that
 * a number that the source spells `ACCEPT_FLAGS` can be told by the UAPI names it is made of. What a name is worth is
 * always checked against the number that libclang computed.
 */

interface Definition {
  readonly body: string;
  readonly file: string;
}

const DEFINE = /^[ \t]*#[ \t]*define[ \t]+(\w+)(?!\()(?:[ \t]+((?:\\\r?\n|.)*))?$/gm;
const IDENTIFIER = /[A-Za-z_]\w*/g;
const DEEPEST = 12;

export interface NamedValue {
  readonly name: string;
  readonly value: bigint;
}

export class MacroTable {
  private readonly definitions = new Map<string, Definition>();
  private readonly enumerators = new Map<string, bigint>();
  private readonly files = new Set<string>();

  knows(file: string): boolean {
    return this.files.has(file);
  }

  addFile(file: string, text: string): void {
    this.files.add(file);
    for (const [, name, body] of text.matchAll(DEFINE)) {
      if (name === undefined || this.definitions.has(name)) continue;
      const plain = (body ?? '')
        .replace(/\\\r?\n/g, ' ')
        .replace(/\/\*[\s\S]*?\*\//g, ' ')
        .replace(/\/[/*].*$/, '')
        .trim();
      this.definitions.set(name, { body: plain, file });
    }
  }

  addEnumerator(name: string, value: bigint): void {
    this.enumerators.set(name, value);
  }

  /** Names of a pattern that have a value. */
  matching(pattern: RegExp): readonly NamedValue[] {
    const names = [...this.definitions.keys(), ...this.enumerators.keys()].filter((name) =>
      pattern.test(name),
    );
    return [...new Set(names)].sort().flatMap((name) => {
      const value = this.value(name);
      return value === undefined ? [] : [{ name, value }];
    });
  }

  /** The value of a name, as far as it is made of numbers, names and operators. */
  value(name: string, depth = 0): bigint | undefined {
    const known = this.enumerators.get(name);
    if (known !== undefined) return known;
    const definition = this.definitions.get(name);
    if (definition === undefined || definition.body === '' || depth > DEEPEST) return undefined;
    return evaluate(definition.body, (inner) => this.value(inner, depth + 1));
  }

  /** The value of an expression of the source. */
  valueOf(text: string): bigint | undefined {
    return evaluate(text, (name) => this.value(name));
  }

  /** The names an expression is made of, without those that only stand for several others. In order of value. */
  names(text: string): readonly NamedValue[] {
    const found = new Map<string, bigint>();
    this.collect(text, found, 0);
    return [...found]
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : a.name < b.name ? -1 : 1));
  }

  private collect(text: string, found: Map<string, bigint>, depth: number): void {
    for (const [name] of text.replace(/"[^"]*"|\b0x[\da-f]+\w*/gi, ' ').matchAll(IDENTIFIER)) {
      const body = this.definitions.get(name)?.body;
      const isSum = body !== undefined && /[|~]/.test(body) && /[A-Za-z_]{2}\w*/.test(body);
      if (isSum && depth < DEEPEST) this.collect(body, found, depth + 1);
      else {
        const value = this.value(name);
        if (value !== undefined) found.set(name, value);
      }
    }
  }
}

const TOKEN =
  /\s*(?:(0[xX][\da-fA-F]+|\d+)[uUlL]*|([A-Za-z_]\w*)|(<<|>>|<=|>=|==|!=|&&|\|\||[()|&^~+\-*/%<>!]))/y;
const PRECEDENCE: Readonly<Record<string, number>> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
};
/** `(__force rwf_t)` and the like. */
const CAST =
  /\(\s*(?:__force\s+)?(?:unsigned|int|long|short|char|u\d+|__u\d+|\w+_t)(?:\s+(?:int|long|short|char))*\s*\)(?=\s*[\w(~-])/g;

/** A constant expression of preprocessor text; undefined when it has something else in it. */
export function evaluate(text: string, lookup: (name: string) => bigint | undefined): bigint | undefined {
  const tokens = tokenize(text.replace(CAST, ' '));
  if (tokens === undefined) return undefined;
  let position = 0;
  const primary = (): bigint | undefined => {
    const token = tokens[position++];
    if (token === undefined) return undefined;
    if (token === '(') {
      const inner = sum(0);
      return tokens[position++] === ')' ? inner : undefined;
    }
    if (token === '~' || token === '-' || token === '+') {
      const of = primary();
      if (of === undefined) return undefined;
      return token === '~' ? ~of : token === '-' ? -of : of;
    }
    if (/^\d/.test(token)) return /^0\d/.test(token) ? BigInt(`0o${token.slice(1)}`) : BigInt(token);
    return /^\w/.test(token) ? lookup(token) : undefined;
  };
  const sum = (least: number): bigint | undefined => {
    let left = primary();
    for (;;) {
      const operator = tokens[position];
      const strength = operator === undefined ? undefined : PRECEDENCE[operator];
      if (left === undefined || operator === undefined || strength === undefined || strength < least)
        return left;
      position++;
      const right = sum(strength + 1);
      if (right === undefined) return undefined;
      left = combine(operator, left, right);
    }
  };
  const value = sum(0);
  return position === tokens.length ? value : undefined;
}

function combine(operator: string, left: bigint, right: bigint): bigint | undefined {
  switch (operator) {
    case '|':
      return left | right;
    case '&':
      return left & right;
    case '^':
      return left ^ right;
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '<<':
      return right >= 0n && right < 64n ? left << right : undefined;
    case '>>':
      return right >= 0n && right < 64n ? left >> right : undefined;
    default:
      return undefined;
  }
}

function tokenize(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (match === null) return undefined;
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}
