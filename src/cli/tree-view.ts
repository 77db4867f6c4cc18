// A session and the agents it started, as a tree of lines.

import type { AgentNode, SessionTree } from '../core/answers/session-tree.ts';
import { cost, plural, shortId, tokens, totalTokens } from './humanize.ts';
import { printable, printableStart } from './printable.ts';
import type { Style } from './style.ts';
import { cutEnd, textWidth } from './text-width.ts';

const LABEL_MAX_CHARS = 300;

/** Lines without a newline at the end. */
export function renderTree({ session, children }: SessionTree, style: Style, width: number | null): string {
  const figures = [plural(session.message_count, 'message'), `${tokens(totalTokens(session.usage_rollup))} tokens`, ...costText(session.cost_rollup_usd)];
  const head = line('', shortId(printable(session.id)), session.title ?? '', figures.join(', '), style.cyan, style, width);
  return [head, ...branches(children, '', style, width)].join('\n');
}

function branches(nodes: readonly AgentNode[], indent: string, style: Style, width: number | null): string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    const own = agentLine(node, `${indent}${last ? '└─ ' : '├─ '}`, style, width);
    return [own, ...branches(node.children, `${indent}${last ? '   ' : '│  '}`, style, width)];
  });
}

function agentLine(node: AgentNode, prefix: string, style: Style, width: number | null): string {
  const figures = [
    plural(node.message_count, 'message'),
    ...(node.error_count > 0 ? [plural(node.error_count, 'error')] : []),
    `${tokens(totalTokens(node.usage_rollup))} tokens`,
    ...costText(node.cost_rollup_usd),
    ...(node.link === null ? ['unlinked'] : []),
  ];
  const label = [node.type, node.description].filter((part) => part !== null && part !== '').join(': ');
  return line(prefix, printable(node.id), label, figures.join(', '), style.magenta, style, width);
}

function line(prefix: string, id: string, label: string, figures: string, paint: (text: string) => string, style: Style, width: number | null): string {
  const shown = printableStart(label, LABEL_MAX_CHARS);
  const taken = textWidth(prefix) + textWidth(id) + textWidth(figures) + 4;
  const fitted = width === null ? shown : cutEnd(shown, Math.max(8, width - taken));
  return `${style.dim(prefix)}${paint(id)}  ${fitted === '' ? '' : `${fitted}  `}${style.dim(figures)}`;
}

function costText(usd: number | null): string[] {
  return usd === null ? [] : [cost(usd)];
}
