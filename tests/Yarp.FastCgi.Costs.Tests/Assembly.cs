// The allocations, timers and buffers of the whole process are counted.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
