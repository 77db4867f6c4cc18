// The word lists behind the generated prose: invented, friendly, about small
// pieces of software. Sentences are put together from them in prose.ts.

/** What can go wrong, or when: fits after "when" and "if". */
export const CONDITIONS = [
  'the list is empty', 'the file has no header row', 'a name has an apostrophe', 'the clock changes to summer time', 'two entries share a date',
  'the network is slow', 'the page is reloaded', 'the value is negative', 'the unit is missing', 'the folder does not exist yet',
  'the second sync starts early', 'the language is not English', 'the month has 31 days', 'the user is offline', 'the title is very long',
  'the cache is cold', 'the input ends with a comma', 'the key is optional', 'the harbour has no readings', 'the tab stays open over night',
] as const;

/** What to do about it: a clause that stands alone after a colon or "so". */
export const FIXES = [
  'I will add a guard and a test', 'an early return is enough', 'the check belongs one level up', 'a default value would do', 'we can drop the old branch',
  'a small helper keeps this readable', 'the error should name the file', 'I would rather sort once at the end', 'one shared constant is better than three copies',
  'the loop can stop at the first hit', 'the test should use a fixed date', 'the label needs a plural form', 'the result can be cached for the session',
] as const;

/** Whole remarks that fit anywhere. */
export const REMARKS = [
  'The names are clear, so I keep them', 'That matches what the docs promise', 'The types already rule this out', 'Nothing else depends on it',
  'The change is small and easy to review', 'I left the public functions as they are', 'The old behaviour stays the default', 'This also removes a warning',
  'The diff is mostly tests', 'Both callers can use the same helper', 'The message now says what to do', 'There is room for a follow-up later',
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
