-- What a trace costs on the average is told over those whose whole cost is known, which are found here without reading
-- the traces themselves.
CREATE INDEX trace_by_priced ON trace (start_ns, project, cost_pico)
  WHERE echo_of IS NULL AND cost_runs > 0 AND unpriced_runs = 0;
