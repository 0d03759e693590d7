using Yarp.FastCgi.Retries;

namespace Yarp.FastCgi.Tests.Retries;

public class RetryBudgetTests
{
    [Fact]
    public void TrySpend_WithoutRequests_AllowsTen()
    {
        var budget = new RetryBudget(20);

        Assert.Equal(10, CountSpendable(budget));
    }

    [Theory]
    [InlineData(20, 100, 10)]
    [InlineData(20, 25, 5)]
    [InlineData(20, 4, 0)]
    [InlineData(100, 3, 3)]
    [InlineData(0, 1000, 0)]
    public void Save_BehindASpentBudget_GivesItsShareAndNoMoreThanTen(int percent, int requests, int expected)
    {
        var budget = new RetryBudget(percent);
        CountSpendable(budget);

        for (var i = 0; i < requests; i++)
        {
            budget.Save();
        }

        Assert.Equal(expected, CountSpendable(budget));
    }

    [Fact]
    public async Task SaveAndSpend_InParallel_LoseNothing()
    {
        var budget = new RetryBudget(10);
        CountSpendable(budget);

        // Ten threads save 8 retries altogether, while others take them as they come.
        var spent = 0;
        var savers = Enumerable.Range(0, 10).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 8; i++)
            {
                budget.Save();
                Interlocked.Add(ref spent, budget.TrySpend() ? 1 : 0);
            }
        }));
        await Task.WhenAll(savers);

        Assert.Equal(8, spent + CountSpendable(budget));
    }

    private static int CountSpendable(RetryBudget budget)
    {
        var count = 0;
        while (budget.TrySpend())
        {
            count++;
        }

        return count;
    }
}
