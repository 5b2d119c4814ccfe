// How people write numbers, read the same way in every box: "0,5", "−1/2", "1½", "14·14·9", "903 168", "10⁻³", "60 %".

// Returns { value }, with { other } where a comma or point may also mean something else ("1,234"), or { fault } in words;
// { empty } where nothing is written. A unit behind the number is passed over; a share in per cent becomes one of 1,
// unless the unit is "%".
export function readNumber(text, unit = "") {
  const plain = withoutUnit(inPlainSigns(text), inPlainSigns(unit));
  if (!plain) return { empty: true };
  try {
    const [value, other] = [true, false].map((groups) => new NumberReader(plain, groups).all());
    if (!Number.isFinite(value)) throw new Error("this is no finite number");
    return value === other || !Number.isFinite(other) ? { value } : { value, other };
  } catch ({ message }) {
    return { fault: `“${text.trim()}” cannot be read: ${message}. Write, for example, 0.5, −2, 1/2 or 1e-3` };
  }
}

const OTHER_SIGNS = [
  [/[−‐‑‒–—﹣－⁻]/g, "-"], [/[＋⁺]/g, "+"], [/[·×∙⋅•✕]|(?<=[\d)]\s*)x(?=\s*[\d(])/gi, "*"], [/[÷⁄∕:]/g, "/"], [/\*\*/g, "^"],
  [/٫/g, "."], [/[٬‘’ʼ_]/g, "'"], [/[٪％]/g, "%"], [/\s+/g, " "],
];

// Digits of every script, signs of every keyboard: as ASCII has them.
function inPlainSigns(text) {
  const raised = text.replace(/[⁺⁻]?[⁰¹²³⁴-⁹]+/g, (power) => `^(${power.normalize("NFKC")})`);
  const mixed = raised.replace(/(\p{Decimal_Number})\s*([¼-¾⅐-⅞])/gu, (_, whole, part) => `${whole} ${part.normalize("NFKC")}`);
  const parts = mixed.replace(/[¼-¾⅐-⅞]/g, (part) => `(${part.normalize("NFKC")})`);
  const digits = parts.normalize("NFKC").replace(/\p{Decimal_Number}/gu, (digit) => digitValue(digit.codePointAt(0)));
  const plain = OTHER_SIGNS.reduce((known, [other, sign]) => known.replace(other, sign), digits);
  return plain.trim().replace(/^(?:[\p{L}_]\w* *)?[=≈~] */u, "");
}

// Ten digits stand in a row, from a code that ends in 0 or in 6.
function digitValue(code) {
  const start = code & ~0xf;
  return code - start - (/\p{Decimal_Number}/u.test(String.fromCodePoint(start)) ? 0 : 6);
}

function withoutUnit(text, unit) {
  const share = unit !== "%" && /\d *%$/.test(text);
  if (share) return `(${text.slice(0, -1)})/100`;
  const ends = [unit, unit.replace(/s$/, "")].find((each) => each && text.toLowerCase().endsWith(each.toLowerCase()));
  return ends ? text.slice(0, -ends.length).trim() : text;
}

// A number as it is written, with what may stand between its digits.
const WRITTEN = /^(?:\d[\d.,' ]*|[.,]\d+)(?:e[+-]?\d+)?/i;
const GROUPED = /^[1-9]\d{0,2}(?:[,.' ]\d{3})+$|^[1-9]\d?(?:,\d{2})+,\d{3}$/; // 9,03,168 in India

// Sums, products, quotients and powers. `groups` says how to read what may be either: a comma before three digits parts
// thousands, a point does not; otherwise it is the other way round.
class NumberReader {
  constructor(text, groups) {
    Object.assign(this, { rest: text, groups });
  }

  all() {
    const value = this.sum();
    if (this.rest) throw new Error(`“${this.rest}” is left over`);
    return value;
  }

  takes(sign) {
    this.rest = this.rest.trimStart();
    const found = this.rest.startsWith(sign);
    if (found) this.rest = this.rest.slice(sign.length).trimStart();
    return found;
  }

  sum() {
    let value = this.product();
    for (;;) {
      if (this.takes("+")) value += this.product();
      else if (this.takes("-")) value -= this.product();
      else return value;
    }
  }

  product() {
    let value = this.signed();
    for (;;) {
      if (this.takes("*")) value *= this.signed();
      else if (this.takes("/")) value /= this.signed();
      else return value;
    }
  }

  signed() {
    if (this.takes("-")) return -this.signed();
    return this.takes("+") ? this.signed() : this.power();
  }

  power() {
    const value = this.single();
    return this.takes("^") ? value ** this.signed() : value;
  }

  single() {
    if (this.takes("√")) return Math.sqrt(this.single());
    if (this.takes("(")) {
      const value = this.sum();
      if (!this.takes(")")) throw new Error("a bracket is not closed");
      return value;
    }
    const mixed = this.rest.match(/^(\d+) (\d{1,2})\/(\d+)(?![\d.,])/); // 1 1/2
    if (mixed) {
      this.rest = this.rest.slice(mixed[0].length);
      return Number(mixed[1]) + mixed[2] / mixed[3];
    }
    const [written] = this.rest.match(WRITTEN) ?? [];
    if (!written) throw new Error(this.rest ? `a number is expected at “${this.rest}”` : "something is missing at the end");
    this.rest = this.rest.slice(written.length);
    const [digits, power = ""] = written.trim().toLowerCase().split(/(?=e)/);
    return Number(this.decimal(digits.trim()) + power);
  }

  decimal(digits) {
    const [, whole, part = ""] = digits.match(/^(.*?)(?:[.,](\d*))?$/);
    if (!/[.,' ]/.test(whole)) {
      const thousands = GROUPED.test(digits) && digits.includes(",") === this.groups;
      return thousands && /[.,]/.test(digits) ? whole + part : `${whole || 0}.${part}`;
    }
    // Separators before the last point or comma part thousands; so does the last one if it is the same.
    const [sign] = whole.match(/[.,' ]/);
    const all = digits.includes(sign, whole.length) ? digits : whole;
    if (!GROUPED.test(all) || new Set(all.replace(/\d/g, "")).size > 1) throw new Error(`“${digits}” is not one number`);
    return all === digits ? all.replace(/\D/g, "") : `${all.replace(/\D/g, "")}.${part}`;
  }
}
