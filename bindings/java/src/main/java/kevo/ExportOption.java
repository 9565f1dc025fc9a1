package kevo;

/** What an export can be asked for. */
public enum ExportOption {
    /** Of each key only its last put or delete. */
    NEWEST_ONLY
}
