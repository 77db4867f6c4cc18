// A part of the archive in lists, as JSON.

export interface ArchivePartItem {
  id: string;
  path: string;
  source: string;
  month: string;
  rows: number;
  bytes: number;
  source_bytes: number;
  sessions: number;
  sha256: string;
  created_at: string;
}
