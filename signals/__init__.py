"""What DeltaScout wrote: its signal log and its price bars, read and never written."""
