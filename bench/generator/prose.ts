// Text for the generated logs: sentences, prompts, code and command output, put
// together from word lists at the speed of string concatenation. It is made anew
// for each line, so that the logs compress about as well as real ones.

import type { Project } from './projects.ts';
import type { Rng } from './rng.ts';
import * as words from './vocabulary.ts';

export type ProseStyle = 'plain' | 'non-ascii';

export interface AgentTask {
  description: string;
  prompt: string;
  agentType: string;
}

const AGENT_TYPES = ['general-purpose', 'Explore', 'Plan', 'code-reviewer'] as const;
const SLUG_HEADS = ['quiet', 'humming', 'sunny', 'brisk', 'gentle', 'curious', 'nimble', 'mellow'] as const;
const SLUG_MIDDLES = ['wandering', 'singing', 'sailing', 'dancing', 'drifting', 'baking', 'reading'] as const;
const SLUG_TAILS = ['otter', 'lantern', 'heron', 'teapot', 'willow', 'comet', 'pebble', 'violin'] as const;

export class Prose {
  private readonly rng: Rng;
  private readonly project: Project;
  private readonly style: ProseStyle;

  constructor(rng: Rng, project: Project, style: ProseStyle) {
    this.rng = rng;
    this.project = project;
    this.style = style;
  }

  sentence(): string {
    const { rng } = this;
    if (this.style === 'non-ascii' && rng.chance(0.8)) return rng.pick(words.FOREIGN);
    switch (rng.int(0, 9)) {
      case 0: return `${this.topic()} breaks when ${rng.pick(words.CONDITIONS)}.`;
      case 1: return `I will read ${this.fileName()} before I change ${rng.pick(words.TOPICS)}.`;
      case 2: return `If ${rng.pick(words.CONDITIONS)}, ${rng.pick(words.FIXES)}.`;
      case 3: return `${rng.int(4, 480)} tests pass and ${this.fileName()} has none yet, so ${rng.pick(words.FIXES)}.`;
      case 4: return `In ${this.fileName()} line ${rng.int(2, 900)} nothing happens when ${rng.pick(words.CONDITIONS)}.`;
      case 5: return `${this.topic()} lives in ${this.fileName()} and has ${rng.int(2, 30)} callers.`;
      case 6: return `${this.topic()} works, except when ${rng.pick(words.CONDITIONS)}: ${rng.pick(words.FIXES)}.`;
      case 7: return `The test for ${rng.pick(words.TOPICS)} took ${rng.int(3, 900)} ms.`;
      default: return `${rng.pick(words.REMARKS)}.`;
    }
  }

  /** A topic at the start of a sentence. */
  private topic(): string {
    // Every topic begins with "the".
    return `T${this.rng.pick(words.TOPICS).slice(1)}`;
  }

  /** Sentences up to about that many characters, at least one. */
  text(chars: number): string {
    let out = this.sentence();
    while (out.length < chars) out += (this.rng.chance(0.12) ? '\n\n' : ' ') + this.sentence();
    return out;
  }

  prompt(): string {
    const { rng } = this;
    const ask = this.style === 'non-ascii'
      ? rng.pick(words.FOREIGN_PROMPTS)
      : `${rng.pick(words.PROMPTS)} ${rng.pick(words.TOPICS)} in ${this.fileName()}`;
    const asked = `${ask}${/^(Can|Could) /.test(ask) ? '?' : '.'}`;
    return rng.chance(0.4) ? `${asked} ${this.sentence()}` : asked;
  }

  title(): string {
    const topic = this.rng.pick(words.TOPICS).replace(/^the /, '');
    return `${this.rng.pick(['Fix', 'Polish', 'Test', 'Explain', 'Tidy'])} ${topic}`;
  }

  slug(): string {
    return `${this.rng.pick(SLUG_HEADS)}-${this.rng.pick(SLUG_MIDDLES)}-${this.rng.pick(SLUG_TAILS)}`;
  }

  agentTask(): AgentTask {
    const topic = this.rng.pick(words.TOPICS);
    return {
      description: `Look into ${topic.replace(/^the /, '')}`,
      // The number keeps two tasks of one session apart: the first prompt identifies an agent.
      prompt: `Look into ${topic} (task ${this.rng.int(1000, 999999)}). ${this.text(80)} Report the files and a short plan.`,
      agentType: this.rng.pick(AGENT_TYPES),
    };
  }

  fileName(): string {
    return `src/${this.rng.pick(this.project.stems)}-${this.rng.pick(words.NOUNS)}.ts`;
  }

  path(): string {
    return this.project.cwd.includes('\\')
      ? `${this.project.cwd}\\${this.fileName().replaceAll('/', '\\')}`
      : `${this.project.cwd}/${this.fileName()}`;
  }

  command(): string {
    return this.rng.pick(words.COMMANDS);
  }

  codeLine(): string {
    const { rng } = this;
    const noun = rng.pick(words.NOUNS);
    const call = rng.pick(words.CALLS);
    switch (rng.int(0, 6)) {
      case 0: return `  const ${noun} = ${call}(${rng.pick(words.NOUNS)}, ${rng.int(0, 9999)});`;
      case 1: return `  if (${noun}.length > ${rng.int(1, 640)}) return ${call}(${noun});`;
      case 2: return `export function ${call}${noun[0]?.toUpperCase()}${noun.slice(1)}(${noun}: string): number {`;
      case 3: return `  // ${this.sentence()}`;
      case 4: return `  log.info("${call} ${noun}", { ${noun}, ms: ${rng.int(1, 90000)} });`;
      case 5: return `\texpect(${call}('${noun}\\n')).toBe(${rng.int(0, 99)});`;
      default: return '}';
    }
  }

  codeLines(chars: number): string[] {
    const lines: string[] = [];
    for (let length = 0; length < chars;) {
      const line = this.codeLine();
      lines.push(line);
      length += line.length + 1;
    }
    return lines;
  }

  /** What a command prints: paths, numbers, now and then a colour code. */
  output(chars: number): string {
    const { rng } = this;
    let out = '';
    while (out.length < chars) {
      const mark = rng.chance(0.1) ? '\u001b[32m✓\u001b[39m' : 'ok';
      out += `${mark} ${this.fileName()}:${rng.int(1, 900)}  ${rng.pick(words.TOPICS)} ${rng.int(1, 4000)} ms\n`;
    }
    return out;
  }
}
