"""The tables of the database, version 1 (docs/runs.md). A name says its unit; layers and exposures count from 0."""

from __future__ import annotations

VERSION = 1
APPLICATION = 0x56584C52
"""The database's `application_id`: the letters VXLR."""

TABLES = (
    """
    CREATE TABLE runs (
      id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 32),
      started TEXT NOT NULL CHECK (length(started) <= 40),
      ended TEXT CHECK (length(ended) <= 40),
      last_at TEXT CHECK (length(last_at) <= 40),
      outcome TEXT NOT NULL CHECK (outcome IN ('begun', 'complete', 'stopped', 'failed')),
      reason TEXT NOT NULL CHECK (length(reason) <= 2000),
      film TEXT NOT NULL CHECK (length(film) <= 200),
      printer TEXT NOT NULL CHECK (length(printer) <= 200),
      resin TEXT NOT NULL CHECK (length(resin) <= 200),
      job_sha256 TEXT NOT NULL CHECK (length(job_sha256) = 64),
      height_nm INTEGER NOT NULL CHECK (height_nm >= 0),
      asked_s REAL NOT NULL CHECK (asked_s >= 0),
      layer_count INTEGER NOT NULL CHECK (layer_count >= 0),
      layers_done INTEGER NOT NULL CHECK (layers_done BETWEEN 0 AND layer_count),
      exposure_count INTEGER NOT NULL CHECK (exposure_count >= 0),
      exposures_done INTEGER NOT NULL CHECK (exposures_done BETWEEN 0 AND exposure_count),
      waited_s REAL NOT NULL CHECK (waited_s >= 0),
      address TEXT NOT NULL CHECK (length(address) <= 1000),
      machine_name TEXT NOT NULL CHECK (length(machine_name) <= 500),
      machine_maker TEXT NOT NULL CHECK (length(machine_maker) <= 500),
      machine_firmware TEXT NOT NULL CHECK (length(machine_firmware) <= 500),
      machine_serial TEXT NOT NULL CHECK (length(machine_serial) <= 500),
      temperature_c REAL CHECK (temperature_c BETWEEN -50 AND 150),
      humidity_percent REAL CHECK (humidity_percent BETWEEN 0 AND 100),
      film_label TEXT CHECK (length(film_label) <= 100),
      batch_label TEXT CHECK (length(batch_label) <= 100),
      software TEXT NOT NULL CHECK (length(software) <= 200),
      folder TEXT NOT NULL CHECK (length(folder) <= 5000)
    )
    """,
    """
    CREATE TABLE exposures (
      run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      layer INTEGER NOT NULL CHECK (layer >= 0),
      exposure INTEGER NOT NULL CHECK (exposure >= 0),
      top_nm INTEGER NOT NULL CHECK (top_nm > 0),
      thickness_nm INTEGER NOT NULL CHECK (thickness_nm > 0),
      mask INTEGER NOT NULL CHECK (mask >= 0),
      power REAL NOT NULL CHECK (power > 0 AND power <= 1),
      asked_s REAL NOT NULL CHECK (asked_s > 0),
      state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'lit', 'made', 'cut')),
      on_time_s REAL CHECK (on_time_s >= 0),
      at TEXT CHECK (length(at) <= 40),
      clock_s REAL CHECK (clock_s >= 0),
      recalled INTEGER NOT NULL DEFAULT 0 CHECK (recalled IN (0, 1)),
      before_s REAL DEFAULT 0 CHECK (before_s >= 0),
      PRIMARY KEY (run, layer, exposure)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE interruptions (
      run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      number INTEGER NOT NULL CHECK (number >= 0),
      at TEXT NOT NULL CHECK (length(at) <= 40),
      cause TEXT NOT NULL CHECK (cause IN ('link', 'paused', 'stopped', 'failed', 'host')),
      reason TEXT NOT NULL CHECK (length(reason) <= 2000),
      layers_done INTEGER NOT NULL CHECK (layers_done >= 0),
      exposures_done INTEGER NOT NULL CHECK (exposures_done >= 0),
      layer INTEGER CHECK (layer >= 0),
      exposure INTEGER CHECK (exposure >= 0),
      on_time_s REAL CHECK (on_time_s >= 0),
      resumed_at TEXT CHECK (length(resumed_at) <= 40),
      resumed_by TEXT NOT NULL CHECK (length(resumed_by) <= 100),
      PRIMARY KEY (run, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE notes (
      run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      number INTEGER NOT NULL CHECK (number >= 0),
      at TEXT NOT NULL CHECK (length(at) <= 40),
      text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
      PRIMARY KEY (run, number)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX runs_by_time ON runs (started)",
)
