-- Retention took the values out of what the job found: issue files and failed rows are gone, groups and ledger keep codes and positions.
-- Earlier than `finished_at`: the job was retried since, and may have found new ones.
alter table waybill.jobs add column values_dropped_at timestamptz;
