// The word lists behind the generated prose: invented, friendly, about small
// pieces of software. Sentences are put together from them in prose.ts.

export const SUBJECTS = [
  'The parser', 'The cache layer', 'The settings page', 'The migration', 'The importer', 'The list view', 'The date helper',
  'The worker', 'The retry loop', 'The search box', 'The export button', 'The file watcher', 'The route handler', 'The unit test',
  'The layout', 'The sync job', 'The reminder mail', 'The colour scale', 'The index', 'The rate limit', 'The form', 'The loader',
  'The changelog', 'The map view', 'The schema', 'The smoke test', 'The queue', 'The printer queue', 'The login screen',
] as const;

export const VERBS = [
  'reads', 'skips', 'rounds', 'keeps', 'drops', 'returns', 'sorts', 'merges', 'caches', 'counts', 'shows', 'hides', 'expects',
  'rewrites', 'validates', 'groups', 'logs', 'reuses', 'splits', 'checks', 'loses', 'repeats', 'waits for', 'falls back to',
] as const;

export const OBJECTS = [
  'the first row of each file', 'an empty list', 'the local time zone', 'the last saved value', 'two decimals', 'every open tab',
  'the newest entry', 'a stale value', 'the whole folder', 'the page title', 'the user setting', 'an unknown key', 'a missing unit',
  'the header row', 'the old format', 'the default branch', 'the second argument', 'a partial answer', 'the wrong column',
  'the previous week', 'one item too many', 'the cached copy', 'the longest name', 'the error message', 'a trailing comma',
] as const;

export const DETAILS = [
  'when the input is empty', 'before the list is sorted', 'after a reload', 'on the first of the month', 'if the network is slow',
  'in the summer time', 'as long as the tab is open', 'for names with an apostrophe', 'once per session', 'without telling anyone',
  'while the import runs', 'for the smallest harbour', 'with the new flag', 'in every second run', 'so the total stays right',
  'because the key is optional', 'until the next sync', 'instead of failing', 'as the docs promise', 'for readings near midnight',
] as const;

export const PROMPTS = [
  'Can you add a test for', 'Please find out what is wrong with', 'Let us rename', 'Explain', 'I would like a small refactor of',
  'There is a bug in', 'Write a short note about', 'Could you speed up', 'Make it possible to switch off', 'Clean up',
  'Show me where we handle', 'Please document', 'Something is odd with', 'Add a friendly error for', 'Simplify',
] as const;

export const TOPICS = [
  'the weekly summary', 'the import of old files', 'the reminder mail', 'the dark theme', 'the offline mode', 'the search box',
  'the print layout', 'the number format', 'the login screen', 'the daily backup', 'the loading spinner', 'the export to CSV',
  'the tooltip on the chart', 'the unit conversion', 'the sort order of names', 'the start page', 'the keyboard shortcuts',
  'the first-run wizard', 'the photo upload', 'the calendar feed',
] as const;

export const NOUNS = [
  'entry', 'total', 'reading', 'label', 'window', 'range', 'bucket', 'cursor', 'limit', 'offset', 'batch', 'session', 'source',
  'target', 'row', 'column', 'index', 'marker', 'offsetMs', 'stamp', 'unit', 'value', 'weight', 'width', 'zone', 'name', 'key',
] as const;

export const CALLS = [
  'parse', 'format', 'load', 'merge', 'clamp', 'round', 'toList', 'sortBy', 'groupBy', 'lookUp', 'fetch', 'measure', 'normalise',
  'compare', 'render', 'collect', 'flush', 'resolve', 'encode', 'decode',
] as const;

export const COMMANDS = [
  'npm test -- --run', 'npm run build', 'git status --short', 'git diff --stat', 'ls -la src', 'npx tsc --noEmit', 'npm run lint',
  'git log --oneline -8', 'node scripts/check.mjs', 'wc -l src/*.ts', 'cat package.json', 'du -sh data',
] as const;

/** Whole sentences in several scripts: combining marks, right-to-left, wide characters, emoji beyond the BMP. */
export const FOREIGN = [
  'Die Prüfung schlägt fehl, weil „Größe“ kein Feld ist.', 'Le résultat est arrondi à l’entier supérieur.', 'Η λίστα ταξινομείται πριν από την εξαγωγή.',
  'Тест проходит, но предупреждение остаётся.', '読み込みが終わるまでボタンを隠します。', '潮汐表每天早上更新一次。', '설정 화면에서 시간대를 바꿀 수 있습니다.',
  'يُقرأ الملف مرة واحدة فقط عند البدء.', 'הקובץ נשמר לפני הסגירה.', 'फ़ाइल का पहला स्तंभ तारीख़ है।', 'Bài kiểm tra chạy lại sau khi lưu tệp.',
  'El botón «Guardar» ahora también cierra la página.', 'Lisäsin testin, joka käyttää ääkkösiä.', 'Cafe\u0301 und 👩‍🚀 zählen als je ein Zeichen.',
  'Řádky bez času se přeskočí. ✅', 'รายการใหม่อยู่ด้านบนเสมอ', 'Zażółć gęślą jaźń — test polskich znaków.', 'Все тесты зелёные 🎉🎉', '𝒙 ≤ 𝒚 ⇒ ∑𝒙 ≤ ∑𝒚.', 'Þetta er nóg í bili.',
] as const;

export const FOREIGN_PROMPTS = [
  'Bitte prüfe, warum die Übersicht leer bleibt', 'Peux-tu ajouter un test pour l’export', '検索の並び順を直してください', '请解释导入的过程',
  'Почему счётчик показывает ноль', '날짜 형식을 고쳐 주세요', 'أضف رسالة خطأ واضحة', 'Añade un atajo de teclado 🙂',
] as const;
