// Times that need no text.

/** The milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS.mmmZ`; -1 for any other text, and for days and hours that do not exist. */
export function time(p: usize): i64 {
  if (load<u8>(p, 4) != 0x2d || load<u8>(p, 7) != 0x2d || load<u8>(p, 10) != 0x54 || load<u8>(p, 13) != 0x3a || load<u8>(p, 16) != 0x3a || load<u8>(p, 19) != 0x2e || load<u8>(p, 23) != 0x5a) return -1;
  const year = two(p) * 100 + two(p + 2);
  const month = two(p + 5);
  const day = two(p + 8);
  const hour = two(p + 11);
  const minute = two(p + 14);
  const second = two(p + 17);
  const last = <u32>load<u8>(p, 22) - 0x30;
  const ms = last <= 9 ? two(p + 20) * 10 + last : 1000;
  // What is no digit makes its number far too large.
  if (year < 1970 || year > 9999 || month - 1 > 11 || day - 1 >= daysOf(year, month) || hour > 23 || minute > 59 || second > 59 || ms > 999) return -1;
  return ((<i64>daysBefore(year, month) + <i64>day - 1) * 24 + <i64>hour) * 3_600_000 + <i64>(minute * 60_000 + second * 1000 + ms);
}

/** Two digits; more than 99 × 100 for anything else. */
@inline
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 0x30;
  const ones = <u32>load<u8>(p, 1) - 0x30;
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100_000;
}

@inline
function daysOf(year: u32, month: u32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

/** Days from 1970 to the first of a month. Years begin in March here, so that a leap day is a year's last. */
@inline
function daysBefore(year: u32, month: u32): u32 {
  const y = month <= 2 ? year - 1 : year;
  const m = month <= 2 ? month + 9 : month - 3;
  return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 - 719_468;
}
