/** Where a line lies: its file, its first byte and how many there are, without the newline. */
export interface LineRange {
  file_ix: number;
  byte_offset: number;
  byte_length: number;
}
