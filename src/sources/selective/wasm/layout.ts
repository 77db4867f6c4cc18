// Where things lie in the scanner's memory. The host reads these from the exports; the window begins at
// WINDOW and is as long as the memory allows.

export const ESCAPES: usize = 0x100;
export const SHAPE: usize = 0x1000;
export const SHAPE_END: usize = 0x5000;
export const SLOTS: usize = 0x5000;
export const SLOT_COUNT: usize = 2048;
export const SYMBOLS: usize = 0x6000;
export const SYMBOLS_MAX: i32 = 1024;
export const SYMBOL_LENGTH_MAX: usize = 128;
/** Room for as many symbols as there may be, each of the greatest length. */
export const SYMBOL_TEXTS: usize = 0x10000;
export const ROWS: usize = 0x31000;
export const ROWS_END: usize = 0x51000;
export const TEXTS: usize = 0x51000;
export const TEXTS_END: usize = 0x61000;
export const TEXT_LENGTH_MAX: usize = 256;
export const WINDOW: usize = 0x62000;
